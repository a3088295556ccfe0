import type { CvssRating, Severity } from '@lading/facts';
import type { Digest } from '@lading/oci';

/**
 * Advisories of all ecosystems, to be asked by package. It lies in one file that is used as it lies; nothing is parsed when it is opened.
 * What is found damaged is told when it is asked for: every method throws ADVISORIES_DAMAGED.
 */
export interface AdvisoryDatabase {
  /** Stands for all of the database's bytes: equal sources give equal databases. */
  readonly digest: Digest;
  readonly format: number;
  /** The newest change of any advisory in it, ISO; empty when none has a date. */
  readonly newest: string;
  readonly sources: readonly AdvisorySource[];
  /**
   * What is said of a package, sorted by id, under the ecosystem's name in OSV: `Debian:12`, `Alpine:v3.18`, `npm`. The name may be written
   * in any way that the ecosystem takes for the same.
   */
  affected(ecosystem: string, name: string): readonly Affected[];
  /** The ecosystems that it knows, such as all releases of Debian: what is asked for and not among them is unknown, not safe. */
  readonly ecosystems: readonly string[];
  /** By its own id, not by an alias. Of a CVE that has no record, at least how likely it is exploited, where that is known. */
  advisory(id: string): Advisory | undefined;
  /** What of it says how bad it is, by its number in `Affected.names`. */
  rating(name: number): AdvisoryRating | undefined;
  close(): void;
}

export interface AdvisorySource {
  readonly name: string;
  readonly records: number;
  readonly newest: string;
}

/** That versions of a package are affected. Nothing of it is read before it is asked for. */
export interface Affected {
  /** Of the id and of each alias a number, which in one database stands for the name and costs less; the id's first. */
  readonly names: readonly number[];
  /** The id of the advisory. */
  readonly id: string;
  /** Other names of the same vulnerability, sorted; of an erratum those of all vulnerabilities that it mends. */
  readonly aliases: readonly string[];
  readonly ranges: readonly AffectedRange[];
  /** Listed one by one, in addition to the ranges. */
  readonly versions: readonly string[];
  /** The distribution's own rating of it for this release. */
  readonly urgency?: Severity | undefined;
  /** The distribution has said that it will not fix it in this release. */
  readonly willNotFix?: boolean | undefined;
  /** Go: symbols and packages that are affected, rpm: the module stream; where given. */
  readonly details?: Readonly<Record<string, string>> | undefined;
}

/** From `introduced` (inclusive; `0` is the beginning) to `fixed` (exclusive) or `lastAffected` (inclusive); to the end with neither. */
export interface AffectedRange {
  readonly introduced: string;
  readonly fixed?: string | undefined;
  readonly lastAffected?: string | undefined;
}

/** How bad a vulnerability is. */
export interface AdvisoryRating {
  readonly id: string;
  readonly published?: string | undefined;
  readonly cvss: readonly CvssRating[];
  /** Where a rating is given in words alone. */
  readonly severity?: Severity | undefined;
  readonly epss?: number | undefined;
  readonly kev?: boolean | undefined;
}

export interface Advisory extends AdvisoryRating {
  readonly aliases: readonly string[];
  readonly title?: string | undefined;
  readonly modified?: string | undefined;
  readonly references: readonly string[];
}
