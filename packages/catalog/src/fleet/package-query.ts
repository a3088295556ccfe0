import { compareVersions, parsePackageUrl, type VersionOrder, versionOrderOf } from '@lading/distro';
import { LadingError } from '@lading/errors';
import type { PackageType } from '@lading/facts';
import { type FleetPackage, nameKey } from './fleet-package.ts';

/**
 * Which packages are asked for:
 *
 *     openssl                        of any type, and what is built from a source package of this name
 *     openssl <3.0.15                older than that, each by the order of its own ecosystem
 *     npm:lodash >=4 <4.17.21        all conditions hold
 *     npm:lodash <3.10 || >=4 <4.17  one of several ranges
 *     maven:org.apache.logging.log4j:log4j-core <2.17.1
 *     pkg:deb/debian/openssl@3.0.11-1~deb12u2
 *
 * A condition is `<`, `<=`, `>`, `>=`, `=` or `!=` and a version; a version alone means `=`. An epoch counts only where the condition has one.
 */
export interface PackageQuery {
  readonly type?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Alternatives, of each of which all conditions hold; none: every version. */
  readonly ranges: readonly (readonly Condition[])[];
}

export interface Condition {
  readonly operator: '<' | '<=' | '>' | '>=' | '=' | '!=';
  readonly version: string;
}

/** Versions of conda compare nearly as PyPI's do, those of programs that nobody packaged as Debian's. */
const orders: Readonly<Record<PackageType, VersionOrder>> = {
  deb: 'debian',
  apk: 'alpine',
  rpm: 'redhat',
  npm: versionOrderOf('npm') ?? 'semver',
  pypi: 'pypi',
  conda: 'pypi',
  golang: 'semver',
  cargo: 'semver',
  maven: 'maven',
  gem: 'rubygems',
  composer: 'packagist',
  nuget: 'nuget',
  generic: 'debian',
};

/** The types that can be named. */
export const packageTypes: readonly string[] = Object.keys(orders);

const maxLength = 1000;

/** Throws USAGE. */
export function parsePackageQuery(text: string): PackageQuery {
  const trimmed = text.trim();
  const [, subject = '', rest = ''] = /^([^\s<>=!|]+)(.*)$/s.exec(trimmed) ?? [];
  if (subject === '' || text.length > maxLength) throw malformed(text, 'it does not begin with the name of a package');
  const ranges = rest.trim() === '' ? [] : rest.split('||').map((part) => parseConditions(part, text));
  if (subject.startsWith('pkg:')) {
    const { type, namespace, name, version } = parsePackageUrl(subject);
    // An rpm's epoch is a qualifier, and no part of what a purl calls its version.
    const exact = version === undefined ? [] : [[{ operator: '=', version } as const]];
    return { type, namespace: isDistribution(type) ? undefined : namespace, name, ranges: [...ranges, ...exact] };
  }
  const [, type, full = ''] = /^(?:([a-z]+):)?(.+)$/s.exec(subject) ?? [];
  if (type !== undefined && !Object.hasOwn(orders, type)) {
    throw malformed(text, `${JSON.stringify(type)} is no type of packages; those are ${packageTypes.join(', ')}`);
  }
  const split = Math.max(full.lastIndexOf('/'), full.lastIndexOf(':'));
  const name = full.slice(split + 1);
  if (name === '') throw malformed(text, 'it does not begin with the name of a package');
  return { type, namespace: split < 0 ? undefined : full.slice(0, split), name, ranges };
}

function isDistribution(type: string): boolean {
  return type === 'deb' || type === 'apk' || type === 'rpm';
}

const operators: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '=', '!=']);

/** `>=4 <4.17.21`, with or without spaces after operators and commas between conditions. */
function parseConditions(text: string, whole: string): readonly Condition[] {
  const words = text.match(/[<>=!]+|[^\s,<>=!]+/g) ?? [];
  const conditions: Condition[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const operator = operators.has(word) ? (word as Condition['operator']) : undefined;
    if (operator !== undefined) at += 1;
    const version = words[at] ?? '';
    if (!/^[\p{L}\p{N}]/u.test(version))
      throw malformed(whole, `${JSON.stringify(text.trim())} is no range of versions`);
    conditions.push({ operator: operator ?? '=', version });
  }
  if (conditions.length === 0) throw malformed(whole, 'a range is empty');
  return conditions;
}

function malformed(text: string, why: string): LadingError {
  return new LadingError('USAGE', `Cannot search for ${JSON.stringify(text.slice(0, 100))}: ${why}`, {
    hint: 'Write a name and, where you want, a range: "openssl <3.0.15", "npm:lodash >=4 <4.17.21", or a package URL.',
  });
}

/** Whether a package is asked for. One that is built from a source package of the name is compared by the source's version. */
export function matchesQuery(query: PackageQuery, found: FleetPackage): boolean {
  if (query.type !== undefined && query.type !== found.type) return false;
  if (query.namespace === undefined && hasOwnNames(found)) return false;
  if (query.namespace !== undefined && nameKey(found.type, query.namespace) !== namespaceKey(found)) return false;
  const wanted = nameKey(found.type, query.name);
  const version = nameKey(found.type, found.name) === wanted ? found.version : found.source?.version;
  if (version === undefined) return false;
  if (query.ranges.length === 0) return true;
  return query.ranges.some((range) => range.every((condition) => holds(condition, version, orders[found.type])));
}

/** On npm a name without scope is a package of its own; elsewhere a name is asked for without its namespace for short. */
function hasOwnNames({ type, namespace }: FleetPackage): boolean {
  return type === 'npm' && namespace !== undefined;
}

function namespaceKey({ type, namespace, distribution }: FleetPackage): string {
  return nameKey(type, namespace ?? distribution?.id ?? '');
}

function holds({ operator, version: wanted }: Condition, version: string, order: VersionOrder): boolean {
  const compared = compareVersions(order, comparable(version, wanted, order), comparable(wanted, wanted, order));
  switch (operator) {
    case '<':
      return compared < 0;
    case '<=':
      return compared <= 0;
    case '>':
      return compared > 0;
    case '>=':
      return compared >= 0;
    case '=':
      return compared === 0;
    case '!=':
      return compared !== 0;
  }
}

/** Without the epoch, unless it is asked for; without Go's `v`. */
function comparable(version: string, wanted: string, order: VersionOrder): string {
  if (order === 'semver') return version.replace(/^(?:v|go)(?=\d)/, '');
  if ((order === 'debian' || order === 'redhat') && !/^\d+:/.test(wanted)) return version.replace(/^\d+:/, '');
  return version;
}
