export type {
  Advisory,
  AdvisoryDatabase,
  AdvisorySource,
  Affected,
  AffectedRange,
} from './advisories/advisory-database.ts';
export { advisoriesArtifactType, fetchAdvisories, writeAdvisories } from './advisories/artifact/advisory-artifact.ts';
export type { AdvisoryFile } from './advisories/build/advisory-file.ts';
export { type BuiltAdvisories, buildAdvisories } from './advisories/build/build-advisories.ts';
export type { CollectOptions } from './advisories/build/collect.ts';
export { installAdvisories, localAdvisoriesPath, openLocalAdvisories } from './advisories/local/local-advisories.ts';
export { normalizeName } from './advisories/normalize-name.ts';
export { type AffectedIn, type OpenAdvisories, openAdvisories } from './advisories/open-advisories.ts';
export { advisoryFile, findAdvisoryFiles } from './advisories/sources/find-files.ts';
export { allCatalogers } from './catalogers/all-catalogers.ts';
export type { CatalogedFile, Cataloger, Fact } from './catalogers/cataloger.ts';
export { allChecks } from './checks/all-checks.ts';
export type { Check, CheckedImage, Hit } from './checks/check.ts';
export { checkImage } from './checks/check-image.ts';
export { addedSince } from './findings/added-since.ts';
export { describeFindings } from './findings/describe-findings.ts';
export { type FindOptions, findVulnerabilities, type Vulnerabilities } from './findings/find-vulnerabilities.ts';
export { cycloneDxVexReport } from './findings/reports/cyclonedx-vex.ts';
export { htmlReport } from './findings/reports/html.ts';
export { jsonReport } from './findings/reports/json.ts';
export { junitReport } from './findings/reports/junit.ts';
export { markdownReport } from './findings/reports/markdown.ts';
export { openVexReport } from './findings/reports/openvex-report.ts';
export { sarifReport } from './findings/reports/sarif.ts';
export type { ScanReport } from './findings/reports/scan-report.ts';
export { tableReport } from './findings/reports/table.ts';
export { type IgnoreRule, isExpired, parseIgnoreFile } from './findings/suppress/ignore-file.ts';
export { parseOpenVex, type VexStatement } from './findings/suppress/openvex.ts';
export { type Decisions, type Judged, type JudgedSecret, suppress } from './findings/suppress/suppress.ts';
export type { VexImage } from './findings/suppress/vex-product.ts';
export { isAlarming, type Unjudged } from './findings/unjudged.ts';
export { createFactStore, type FactPlace, type FactsKind } from './layers/create-fact-store.ts';
export { openFactFolder } from './layers/fact-folder.ts';
export type { FactStore } from './layers/fact-store.ts';
export { type FactsOfFolderOptions, factsOfFolder } from './layers/facts-of-folder.ts';
export { type FactsOfImageOptions, factsOfImage, type LayerProgress } from './layers/facts-of-image.ts';
export { factsVersion } from './layers/facts-version.ts';
export { defaultLayerLimits, type LayerLimits } from './layers/layer-limits.ts';
export { type ReadLayerFactsOptions, readLayerFacts, type StoredLayer } from './layers/read-layer-facts.ts';
export { type AttachedSbom, type AttachSbomOptions, attachSbom, findAttachedSbom } from './sbom/attached-sbom.ts';
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
export { type FileNameRule, fileNameRules } from './secrets/file-name.ts';
export { fingerprintsOf } from './secrets/fingerprints-of.ts';
export { parseSecretRules } from './secrets/parse-secret-rules.ts';
export type { SecretRule } from './secrets/rule.ts';
export { allSecretRules } from './secrets/rules/all-rules.ts';
export type { SecretFile, SecretScanner } from './secrets/secret-scanner.ts';
export { secretsOfConfig } from './secrets/secrets-of-config.ts';
