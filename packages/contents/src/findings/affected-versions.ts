import type { Affected, AffectedRange } from '../advisories/advisory-database.ts';

/** Negative, zero or positive, by the order of one ecosystem. */
export type CompareVersions = (a: string, b: string) => number;

/**
 * Whether an advisory says that a version is affected: it lies in a range, or it is listed. A list that contradicts the ranges loses: lists
 * are made by programs, and what has the fix by its number has it. OSV schema §evaluation.
 */
export function isAffected(version: string, affected: Affected, compare: CompareVersions): boolean {
  if (affected.ranges.some((range) => isInRange(version, range, compare))) return true;
  if (!affected.versions.some((listed) => listed === version || compare(listed, version) === 0)) return false;
  return !affected.ranges.some(({ fixed }) => fixed !== undefined && compare(version, fixed) >= 0);
}

/** Whether an advisory knows of any end, so that there are versions above which nothing is affected. */
export function hasEnd({ ranges, versions }: Affected): boolean {
  if (ranges.length === 0) return versions.length > 0;
  return ranges.every(({ fixed, lastAffected }) => fixed !== undefined || lastAffected !== undefined);
}

/** The lowest version above the installed one that has a fix and that none of the advisories calls affected. */
export function lowestFix(
  version: string,
  advisories: readonly Affected[],
  compare: CompareVersions,
): string | undefined {
  return advisories
    .flatMap(({ ranges }) => ranges.flatMap(({ fixed }) => fixed ?? []))
    .filter((fixed) => compare(fixed, version) > 0)
    .sort(compare)
    .find((fixed) => !advisories.some((affected) => isAffected(fixed, affected, compare)));
}

function isInRange(
  version: string,
  { introduced, fixed, lastAffected }: AffectedRange,
  compare: CompareVersions,
): boolean {
  if (introduced !== '0' && compare(version, introduced) < 0) return false;
  if (fixed !== undefined) return compare(version, fixed) < 0;
  return lastAffected === undefined || compare(version, lastAffected) <= 0;
}
