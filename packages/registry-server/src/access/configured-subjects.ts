import { nearest } from '@lading/errors';
import type { ConfigPath, ConfigSource } from '../config/config-source.ts';
import { subjectFault } from './subject.ts';

/** One or many. */
export function subjects(value: string | readonly string[], path: ConfigPath, source: ConfigSource): readonly string[] {
  return list(value).map((text) => {
    const fault = subjectFault(text);
    if (fault !== undefined) throw source.fail(path, `${JSON.stringify(text)} ${fault}`);
    return text;
  });
}

/** Members of each group, none of which is a group. */
export function groupsOf(
  groups: Readonly<Record<string, readonly string[]>>,
  source: ConfigSource,
): ReadonlyMap<string, readonly string[]> {
  const entries = Object.entries(groups).map(([group, texts]) => {
    const path = ['access', 'groups', group];
    const members = subjects(texts, path, source);
    const inner = members.find((text) => text.startsWith('group:'));
    if (inner !== undefined)
      throw source.fail(path, `${JSON.stringify(inner)} is a group: no group has others as members`);
    return [group, members] as const;
  });
  return new Map(entries);
}

/** The subject itself, or the members of the group that it names. */
export function membersOf(
  text: string,
  groups: ReadonlyMap<string, readonly string[]>,
  path: ConfigPath,
  source: ConfigSource,
): readonly string[] {
  if (!text.startsWith('group:')) return [text];
  const name = text.slice('group:'.length);
  const members = groups.get(name);
  if (members !== undefined) return members;
  const near = nearest(name, groups.keys());
  throw source.fail(path, `access.groups has no group ${JSON.stringify(name)}`, {
    hint: near === undefined ? undefined : `Did you mean group:${near}?`,
  });
}

export function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
