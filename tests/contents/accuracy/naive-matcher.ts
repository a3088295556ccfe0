// OSV's evaluation, word for word and without an index. OSV schema 1.7 §evaluation: a version is affected when it is listed, or when it lies
// in a range, by the events that are at or below it.
import { compareVersions, type VersionOrder } from '@lading/distro';
import type { OsvAffected, OsvRange, Statement } from './osv-record.ts';

/** Those that say that a version is affected. */
export function affecting(said: readonly Statement[], version: string, order: VersionOrder): readonly Statement[] {
  return said.filter(({ affected }) => isAffected(affected, version, order));
}

export function isAffected({ versions = [], ranges = [] }: OsvAffected, version: string, order: VersionOrder): boolean {
  if (versions.includes(version)) return true;
  return ranges.some((range) => range.type !== 'GIT' && isInRange(range, version, order));
}

function isInRange({ events }: OsvRange, version: string, order: VersionOrder): boolean {
  const compare = (other: string): number => (other === '0' ? 1 : compareVersions(order, version, other));
  const sorted = events
    .flatMap((event) => Object.entries(event).map(([kind, at]) => ({ kind, at })))
    .toSorted((a, b) => Number(a.at !== '0') - Number(b.at !== '0') || compareVersions(order, a.at, b.at));
  let isVulnerable = false;
  for (const { kind, at } of sorted) {
    if (kind === 'introduced' && compare(at) >= 0) isVulnerable = true;
    else if (kind === 'fixed' && compare(at) >= 0) isVulnerable = false;
    else if (kind === 'last_affected' && compare(at) > 0) isVulnerable = false;
  }
  return isVulnerable;
}
