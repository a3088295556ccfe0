import { comparePrereleases, compareReleases, parseSemanticVersion } from './semver.ts';

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`: Semantic Versioning with up to four numbers and without
 * regard to case. Total, as the order of Semantic Versioning. NuGet, "Package versioning" §Version ordering.
 */
export function compareNugetVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parseSemanticVersion(a.toLowerCase());
  const right = parseSemanticVersion(b.toLowerCase());
  return compareReleases(left.release, right.release) || comparePrereleases(left.prerelease, right.prerelease);
}
