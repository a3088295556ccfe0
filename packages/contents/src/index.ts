export type {
  Advisory,
  AdvisoryDatabase,
  AdvisorySource,
  Affected,
  AffectedRange,
} from './advisories/advisory-database.ts';
export { allCatalogers } from './catalogers/all-catalogers.ts';
export type { CatalogedFile, Cataloger, Fact } from './catalogers/cataloger.ts';
export type { SecretFile, SecretScanner } from './secrets/secret-scanner.ts';
