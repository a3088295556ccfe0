import type { Severity } from '@lading/facts';
import type { AffectedRange } from './advisory-database.ts';

/** What one record of a source says: the form into which every importer brings its own. */
export interface AdvisoryRecord {
  readonly id: string;
  /** Other names of the same vulnerability, sorted; of an erratum those of all vulnerabilities that it mends. */
  readonly aliases: readonly string[];
  readonly title?: string | undefined;
  /** ISO, UTC, to the second: `2024-05-15T20:16:00Z`. */
  readonly published?: string | undefined;
  /** Of two records with one id the newer counts. */
  readonly modified?: string | undefined;
  /** CVSS vectors. Those of version 2 have no prefix. */
  readonly cvss: readonly string[];
  readonly severity?: Severity | undefined;
  /** The best first. */
  readonly references: readonly string[];
  readonly affected: readonly AffectedPackage[];
  /** It comes from those who keep the ecosystem: what others say of packages in it does not count beside it. */
  readonly authority?: boolean | undefined;
}

/** One package in one ecosystem. */
export interface AffectedPackage extends Vulnerable {
  readonly ecosystem: string;
  /** As `normalizeName` gives it. */
  readonly name: string;
}

/** Which versions are affected, and what the ecosystem's keepers say of it. */
export interface Vulnerable {
  readonly ranges: readonly AffectedRange[];
  readonly versions: readonly string[];
  readonly urgency?: Severity | undefined;
  readonly willNotFix?: boolean | undefined;
  readonly details?: Readonly<Record<string, string>> | undefined;
}
