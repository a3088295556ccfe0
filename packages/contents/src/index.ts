export type {
  Advisory,
  AdvisoryDatabase,
  AdvisorySource,
  Affected,
  AffectedRange,
} from './advisories/advisory-database.ts';
export { allCatalogers } from './catalogers/all-catalogers.ts';
export type { CatalogedFile, Cataloger, Fact } from './catalogers/cataloger.ts';
export { type CheckedImage, checkImage } from './checks/check-image.ts';
export { type FindOptions, findVulnerabilities, type Vulnerabilities } from './findings/find-vulnerabilities.ts';
export type { Unjudged } from './findings/unjudged.ts';
export { openFactFolder } from './layers/fact-folder.ts';
export type { FactStore } from './layers/fact-store.ts';
export { type FactsOfImageOptions, factsOfImage, type LayerProgress } from './layers/facts-of-image.ts';
export { factsVersion } from './layers/facts-version.ts';
export { defaultLayerLimits, type LayerLimits } from './layers/layer-limits.ts';
export { type ReadLayerFactsOptions, readLayerFacts } from './layers/read-layer-facts.ts';
export { diffPackages, type PackageDifference } from './sbom/diff-packages.ts';
export type { ReadSbom } from './sbom/facts-of.ts';
export { mergeSboms } from './sbom/merge-sboms.ts';
export { readSbom } from './sbom/read-sbom.ts';
export {
  type Sbom,
  type SbomFormat,
  type SbomSubject,
  sbomFormats,
  sbomMediaTypes,
  type WriteSbomOptions,
} from './sbom/sbom.ts';
export { writeSbom } from './sbom/write-sbom.ts';
export { createSecretScanner, type SecretScannerOptions } from './secrets/create-secret-scanner.ts';
export type { SecretFile, SecretScanner } from './secrets/secret-scanner.ts';
export { secretsOfConfig } from './secrets/secrets-of-config.ts';
