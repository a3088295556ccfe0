import type { Subject } from './account.ts';
import type { Identity } from './identity.ts';
import { matchesText } from './internal/wildcard.ts';

/** Tests who someone is. */
export interface SubjectMatcher {
  readonly everyone: boolean;
  readonly authenticated: boolean;
  readonly anonymous: boolean;
  readonly groups: ReadonlySet<string>;
  /** By kind: what their names match. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

const kinds: readonly Identity['kind'][] = ['user', 'person', 'robot', 'workload', 'certificate'];

/** What is wrong with how a subject is written; undefined when nothing is. */
export function subjectFault(text: string): string | undefined {
  if (['everyone', 'authenticated', 'anonymous'].includes(text)) return undefined;
  const colon = text.indexOf(':');
  const [kind, name] = [text.slice(0, colon), text.slice(colon + 1)];
  if (name === '' || !(kind === 'group' || kinds.some((each) => each === kind))) {
    return `is nobody: write everyone, authenticated, anonymous, group:NAME, or ${kinds.map((each) => `${each}:NAME`).join(', ')}`;
  }
  return undefined;
}

/** `*` in a name stands for any part of it. The texts have no fault. */
export function compileSubjects(texts: readonly string[]): SubjectMatcher {
  const groups = new Set<string>();
  const names = new Map<string, string[]>();
  for (const text of texts) {
    const colon = text.indexOf(':');
    if (colon < 0) continue;
    const [kind, name] = [text.slice(0, colon), text.slice(colon + 1)];
    if (kind === 'group') groups.add(name);
    else names.set(kind, [...(names.get(kind) ?? []), name]);
  }
  return {
    everyone: texts.includes('everyone'),
    authenticated: texts.includes('authenticated'),
    anonymous: texts.includes('anonymous'),
    groups,
    names,
  };
}

export function isSubject(matcher: SubjectMatcher, { kind, name }: Subject, groups: readonly string[] = []): boolean {
  if (matcher.everyone) return true;
  if (kind === 'anonymous') return matcher.anonymous;
  if (matcher.authenticated || groups.some((group) => matcher.groups.has(group))) return true;
  return matcher.names.get(kind)?.some((pattern) => matchesText(pattern, name)) ?? false;
}
