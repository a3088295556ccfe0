import { compareIdentifiers, comparePrereleases, compareReleases, parseSemanticVersion } from './semver.ts';

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`: Semantic Versioning where build metadata counts, and a
 * version without any is older than one with some. Total, as the order of Semantic Versioning. Dart's pub_semver, `Version.compareTo`.
 */
export function comparePubVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parseSemanticVersion(a);
  const right = parseSemanticVersion(b);
  return (
    compareReleases(left.release, right.release) ||
    comparePrereleases(left.prerelease, right.prerelease) ||
    compareBuilds(left.build, right.build)
  );
}

function compareBuilds(a: string, b: string): number {
  if (a === '' || b === '') return a.length - b.length;
  return compareIdentifiers(a, b);
}
