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
export { createSecretScanner, type SecretScannerOptions } from './secrets/create-secret-scanner.ts';
export type { SecretFile, SecretScanner } from './secrets/secret-scanner.ts';
export { secretsOfConfig } from './secrets/secrets-of-config.ts';
