import type { AffectedRange } from '../advisories/advisory-database.ts';
import type { Vulnerable } from '../advisories/advisory-record.ts';

/** Negative, zero or positive, by the order of one ecosystem. */
export type CompareVersions = (a: string, b: string) => number;

/**
 * Whether an advisory says that a version is affected: it lies in a range, or it is listed. A list that contradicts the ranges loses: lists
 * are made by programs, and what has the fix by its number has it. OSV schema §evaluation.
 */
export function isAffected(version: string, affected: Vulnerable, compare: CompareVersions): boolean {
  if (affected.ranges.some((range) => isInRange(version, range, compare))) return true;
  if (!affected.versions.some((listed) => listed === version || compare(listed, version) === 0)) return false;
  return !affected.ranges.some(({ fixed }) => fixed !== undefined && compare(version, fixed) >= 0);
}

/**
 * Advisories of one vulnerability, each range of which ends where any of them knows that it does. Some lists never learn of fixes, and some
 * records say in one part where it began and in another where it was mended: a range without an end goes up to the next end above its start.
 */
export function withKnownEnds(advisories: readonly Vulnerable[], compare: CompareVersions): readonly Vulnerable[] {
  if (!advisories.some(({ ranges }) => ranges.some(isEndless))) return advisories;
  const ends = advisories.flatMap(endsOf).sort((a, b) => compare(a.version, b.version));
  if (ends.length === 0) return advisories;
  return advisories.map(({ ranges, versions, urgency, willNotFix, details }) => ({
    ...{ versions, urgency, willNotFix, details },
    ranges: ranges.map((range) => {
      const end = isEndless(range)
        ? ends.find(({ version }) => isAbove(version, range.introduced, compare))
        : undefined;
      return end === undefined ? range : { ...range, [end.kind]: end.version };
    }),
  }));
}

interface End {
  readonly kind: 'fixed' | 'lastAffected';
  readonly version: string;
}

function endsOf({ ranges }: Vulnerable): readonly End[] {
  return ranges.flatMap(({ fixed, lastAffected }): readonly End[] => {
    if (fixed !== undefined) return [{ kind: 'fixed', version: fixed }];
    return lastAffected === undefined ? [] : [{ kind: 'lastAffected', version: lastAffected }];
  });
}

function isEndless({ fixed, lastAffected }: AffectedRange): boolean {
  return fixed === undefined && lastAffected === undefined;
}

/** Everything is above the beginning, `0`; so is a fix `0`, with which a package never was affected. */
function isAbove(version: string, introduced: string, compare: CompareVersions): boolean {
  return introduced === '0' || compare(version, introduced) > 0;
}

/** The lowest version above the installed one that has a fix and that none of the advisories calls affected. */
export function lowestFix(
  version: string,
  advisories: readonly Vulnerable[],
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
