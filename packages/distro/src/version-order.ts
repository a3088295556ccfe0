import { compareAlpineVersions } from './alpine/version.ts';
import { compareDebianVersions } from './debian/version.ts';
import { compareCranVersions } from './ecosystem/cran.ts';
import { compareHackageVersions } from './ecosystem/hackage.ts';
import { compareMavenVersions } from './ecosystem/maven.ts';
import { compareNugetVersions } from './ecosystem/nuget.ts';
import { comparePackagistVersions } from './ecosystem/packagist.ts';
import { comparePubVersions } from './ecosystem/pub.ts';
import { comparePypiVersions } from './ecosystem/pypi.ts';
import { compareRubygemsVersions } from './ecosystem/rubygems.ts';
import { compareSemanticVersions } from './ecosystem/semver.ts';
import { compareRpmVersions } from './rpm/version.ts';

/** By which rules versions are older and newer. */
export type VersionOrder =
  | 'debian'
  | 'alpine'
  | 'redhat'
  | 'semver'
  | 'pypi'
  | 'maven'
  | 'rubygems'
  | 'packagist'
  | 'nuget'
  | 'pub'
  | 'cran'
  | 'hackage';

const comparers: Readonly<Record<VersionOrder, (a: string, b: string) => number>> = {
  debian: compareDebianVersions,
  alpine: compareAlpineVersions,
  redhat: compareRpmVersions,
  semver: compareSemanticVersions,
  pypi: comparePypiVersions,
  maven: compareMavenVersions,
  rubygems: compareRubygemsVersions,
  packagist: comparePackagistVersions,
  nuget: compareNugetVersions,
  pub: comparePubVersions,
  cran: compareCranVersions,
  hackage: compareHackageVersions,
};

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`. Every order is total and never throws; the file of each
 * says what it makes of text that is no version of it.
 */
export function compareVersions(order: VersionOrder, a: string, b: string): number {
  return comparers[order](a, b);
}

// Ecosystems by their names in OSV records. Those that are missing have versions without an order, or none at all.
const orders: ReadonlyMap<string, VersionOrder> = new Map<string, VersionOrder>([
  ['Debian', 'debian'],
  ['Ubuntu', 'debian'],
  ['Echo', 'debian'],

  ['Alpine', 'alpine'],
  ['Alpaquita', 'alpine'],
  ['BellSoft Hardened Containers', 'alpine'],
  ['Chainguard', 'alpine'],
  ['MinimOS', 'alpine'],
  ['Wolfi', 'alpine'],

  ['AlmaLinux', 'redhat'],
  ['Azure Linux', 'redhat'],
  ['Mageia', 'redhat'],
  ['openEuler', 'redhat'],
  ['openSUSE', 'redhat'],
  ['Photon OS', 'redhat'],
  ['Red Hat', 'redhat'],
  ['Rocky Linux', 'redhat'],
  ['SUSE', 'redhat'],

  ['Bioconductor', 'semver'],
  ['Bitnami', 'semver'],
  ['ConanCenter', 'semver'],
  ['crates.io', 'semver'],
  ['GHC', 'semver'],
  ['GitHub Actions', 'semver'],
  ['Go', 'semver'],
  ['Hex', 'semver'],
  ['Julia', 'semver'],
  ['npm', 'semver'],
  ['SwiftURL', 'semver'],

  ['CRAN', 'cran'],
  ['Hackage', 'hackage'],
  ['Maven', 'maven'],
  ['NuGet', 'nuget'],
  ['Packagist', 'packagist'],
  ['Pub', 'pub'],
  ['PyPI', 'pypi'],
  ['RubyGems', 'rubygems'],
]);

/** The order of an ecosystem by its name in OSV records, with or without a release: `Debian:12`. OSV schema §affected[].package. */
export function versionOrderOf(ecosystem: string): VersionOrder | undefined {
  const colon = ecosystem.indexOf(':');
  return orders.get(colon < 0 ? ecosystem : ecosystem.slice(0, colon));
}
