import type { ImagePackage } from './image-facts.ts';
import type { Severity } from './severity.ts';

/** What those who keep the ecosystem say of the fix. */
export type FixState = 'fixed' | 'not-fixed' | 'will-not-fix' | 'unknown';

/** A vulnerability that a package of an image has. */
export interface Finding {
  /** The CVE where there is one, else the advisory's own. */
  readonly id: string;
  /** All other names of the same vulnerability, sorted. */
  readonly aliases: readonly string[];
  readonly package: ImagePackage;
  /** Every place that has just this package, sorted by location; the first is where `package` was found. */
  readonly places: readonly FindingPlace[];
  /** Of the package that the advisory names: the source package of a distribution, else the package itself. */
  readonly affected: { readonly ecosystem: string; readonly name: string; readonly version: string };
  readonly severity: Severity;
  /** Who rated it so: the distribution's name, `CVSS 3.1`, … */
  readonly severitySource: string;
  readonly cvss: readonly CvssRating[];
  readonly fix: FixState;
  /** The lowest version that has the fix and is above the installed one. */
  readonly fixedVersion?: string | undefined;
  readonly title?: string | undefined;
  readonly references: readonly string[];
  readonly published?: string | undefined;
  /** Probability of exploitation within 30 days (FIRST EPSS), 0 to 1. */
  readonly epss?: number | undefined;
  /** On CISA's list of vulnerabilities that are exploited. */
  readonly kev?: boolean | undefined;
  /** Why it does not count: an ignore rule or a VEX statement. */
  readonly suppressed?: Suppression | undefined;
  /** What to do about it, in order of preference. */
  readonly advice: readonly string[];
}

export interface FindingPlace {
  readonly location: string;
  /** The index of the layer that brought it. */
  readonly layer: number;
}

export interface CvssRating {
  readonly version: string;
  readonly vector: string;
  readonly score: number;
  readonly source?: string | undefined;
}

export interface Suppression {
  readonly by: 'ignore-rule' | 'vex';
  readonly reason: string;
  /** Of a VEX statement. */
  readonly status?: 'not-affected' | 'fixed' | undefined;
  /** The label of a VEX statement, as OpenVEX spells it: `vulnerable_code_not_in_execute_path`. */
  readonly justification?: string | undefined;
  /** Who answers for it: a rule's owner, the author of a document. */
  readonly owner?: string | undefined;
  /** ISO date. */
  readonly expires?: string | undefined;
}

/** What is unwise in how an image is made. */
export interface CheckFinding {
  /** `root-user`. */
  readonly id: string;
  /** `CIS Docker 1.6 §4.1`, where there is one. */
  readonly standard?: string | undefined;
  readonly severity: Severity;
  readonly title: string;
  readonly reason: string;
  readonly fix: string;
  /** Paths, variables, ports or instructions that it is about. */
  readonly subjects: readonly string[];
  readonly layer?: number | undefined;
  readonly suppressed?: Suppression | undefined;
}
