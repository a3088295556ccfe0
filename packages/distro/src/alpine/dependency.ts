import { LadingError } from '@lading/errors';
import { alpineVersionStartsWith, compareAlpineVersions, isAlpineVersion } from './version.ts';

/** `~` matches versions that start with the one named, as `~1.2` does 1.2.3-r0. */
export type AlpineOperator = '<' | '<=' | '=' | '>=' | '>' | '~' | '<~' | '>~';

/** One word of a dependency list: `so:libc.musl-x86_64.so.1`, `python3~3.12`, `!busybox<1.36`. apk-world(5). */
export interface AlpineDependency {
  /** A package, or what one provides: `cmd:sh`, `so:…`, `pc:…`, `/bin/sh`. */
  readonly name: string;
  readonly operator?: AlpineOperator;
  readonly version?: string;
  /** `!name`: it must not be there. */
  readonly conflict: boolean;
}

const pattern = /^(!?)([^\s<>=~!@]+)(?:([<>=~]+)([^\s<>=~]\S*))?$/;

/** Throws CONTROL_INVALID, also for what names a repository (`name@edge`) or a checksum (`name><Q1…`). */
export function parseAlpineDependency(text: string): AlpineDependency {
  const [, conflict, name = '', signs, version] = pattern.exec(text) ?? [];
  const operator = signs === undefined ? undefined : operatorOf(signs);
  const invalid = name === '' || (signs !== undefined && (operator === undefined || !isAlpineVersion(version ?? '')));
  if (invalid) {
    throw new LadingError('CONTROL_INVALID', `Cannot parse Alpine dependency "${text.slice(0, 200)}"`, {
      hint: 'A dependency looks like "name", "name=1.2.3-r0", "name~1.2", "name>=1.2" or "!name".',
    });
  }
  return {
    name,
    ...(operator === undefined || version === undefined ? {} : { operator, version }),
    conflict: conflict === '!',
  };
}

/** A list of dependencies, separated by spaces. Throws CONTROL_INVALID. */
export function parseAlpineDependencies(text: string): AlpineDependency[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(parseAlpineDependency);
}

// Signs may stand in any order, and `=` adds nothing to `~`.
function operatorOf(signs: string): AlpineOperator | undefined {
  const [less, greater, equal, fuzzy] = ['<', '>', '=', '~'].map((sign) => signs.includes(sign));
  if (less && greater) return undefined;
  const side = less ? '<' : greater ? '>' : '';
  return `${side}${fuzzy ? '~' : equal ? '=' : ''}` as AlpineOperator;
}

/** As apk writes it. */
export function formatAlpineDependency({ name, operator, version, conflict }: AlpineDependency): string {
  return `${conflict ? '!' : ''}${name}${operator ?? ''}${version ?? ''}`;
}

/**
 * Whether a package or provided name of this version is what the dependency names; for a conflict: is what must not be there.
 * What is provided without a version (`undefined`) satisfies only a dependency without one.
 */
export function alpineVersionMatches(version: string | undefined, dependency: AlpineDependency): boolean {
  const { operator, version: wanted } = dependency;
  if (operator === undefined || wanted === undefined) return true;
  if (version === undefined) return false;
  if (operator.endsWith('~') && alpineVersionStartsWith(version, wanted)) return true;
  const order = compareAlpineVersions(version, wanted);
  if (operator.startsWith('<') && order < 0) return true;
  if (operator.startsWith('>') && order > 0) return true;
  return operator.endsWith('=') && order === 0;
}
