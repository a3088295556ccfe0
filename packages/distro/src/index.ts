export {
  type AlpineDependency,
  type AlpineOperator,
  alpineVersionMatches,
  formatAlpineDependency,
  parseAlpineDependencies,
  parseAlpineDependency,
} from './alpine/dependency.ts';
export {
  type AlpineArchive,
  type AlpineIndexArchive,
  readAlpineArchive,
  readAlpineIndexArchive,
} from './alpine/package-archive.ts';
export { AlpineIndex, type AlpineProvider } from './alpine/package-index.ts';
export {
  AlpinePackage,
  formatAlpinePackage,
  type PackageInfo,
  parseAlpineIndex,
  parsePackageInfo,
} from './alpine/package-record.ts';
export { type ResolveAlpineOptions, type ResolvedAlpinePackage, resolveAlpinePackages } from './alpine/resolve.ts';
export { alpineVersionStartsWith, compareAlpineVersions, isAlpineVersion } from './alpine/version.ts';
export { type ArMember, readAr } from './debian/ar.ts';
export { type Clearsigned, parseClearsigned } from './debian/clearsigned.ts';
export { Paragraph, parseControl, parseParagraph, readControl } from './debian/control.ts';
export { type PackageCompression, type PackagePart, readPackageArchive } from './debian/package-archive.ts';
export { type Candidate, PackageIndex, providesRelation } from './debian/package-index.ts';
export { PackageRecord, type Priority, type RelationField } from './debian/package-record.ts';
export {
  appliesTo,
  formatRelation,
  formatRelationGroup,
  parseRelation,
  parseRelations,
  type Relation,
  type RelationGroup,
  type RelationOperator,
  versionSatisfies,
} from './debian/relation.ts';
export { parseRelease, type Release, type ReleaseFile } from './debian/release.ts';
export { parseRequest, type ResolvedPackage, type ResolveOptions, resolvePackages } from './debian/resolve.ts';
export { type AptSource, parseSourcesControl, parseSourcesList } from './debian/sources.ts';
export { compareDebianVersions, type DebianVersion, parseDebianVersion } from './debian/version.ts';
export { normalizePypiName } from './ecosystem/pypi-name.ts';
export { formatPackageUrl } from './purl/format.ts';
export type { PackageUrl } from './purl/package-url.ts';
export { parsePackageUrl } from './purl/parse.ts';
export { compareNevras, type Nevra, parseNevra, versionOfNevra } from './rpm/nevra.ts';
export { compareRpmVersions, parseRpmVersion, type RpmVersion, rpmvercmp } from './rpm/version.ts';
export { compareVersions, type VersionOrder, versionOrderOf } from './version-order.ts';
