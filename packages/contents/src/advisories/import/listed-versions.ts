import { compareVersions, type VersionOrder } from '@lading/distro';
import type { AffectedRange } from '../advisory-database.ts';

/**
 * The versions that a record lists beyond its ranges. Most lists only spell out what the ranges say, and are a hundred times as long; one
 * that has any version of its own is kept whole, so that it stays what somebody wrote.
 */
export class ListedVersions {
  // Of one record many releases of a distribution have the same list and the same ranges.
  #key = '';
  #kept: readonly string[] = [];

  beyond(
    versions: readonly string[],
    ranges: readonly AffectedRange[],
    order: VersionOrder | undefined,
  ): readonly string[] {
    if (versions.length === 0 || ranges.length === 0 || order === undefined) return versions;
    const key = `${order}\n${JSON.stringify(ranges)}\n${versions.join('\n')}`;
    if (key !== this.#key) {
      this.#key = key;
      this.#kept = versions.every((version) => ranges.some((range) => includes(range, version, order))) ? [] : versions;
    }
    return this.#kept;
  }
}

function includes({ introduced, fixed, lastAffected }: AffectedRange, version: string, order: VersionOrder): boolean {
  if (introduced !== '0' && compareVersions(order, version, introduced) < 0) return false;
  if (fixed !== undefined) return compareVersions(order, version, fixed) < 0;
  return lastAffected === undefined || compareVersions(order, version, lastAffected) <= 0;
}
