import type { CvssRating, Severity } from '@lading/facts';
import type { AdvisoryRating, Affected } from './advisory-database.ts';
import type { Vulnerable } from './advisory-record.ts';
import type { EcosystemSection } from './format/ecosystem-section.ts';
import type { Names } from './format/names.ts';
import { dateOf, type RecordSection, type StoredHead } from './format/record-section.ts';

/** Of the hundreds of rows of a package few concern a version: what is not asked for is not read. */
export class AffectedRow implements Affected {
  readonly #texts: Names;
  readonly #records: RecordSection;
  readonly #record: number;
  readonly #section: EcosystemSection;
  readonly #place: number;
  #names: readonly number[] | undefined;

  constructor(texts: Names, records: RecordSection, record: number, section: EcosystemSection, place: number) {
    this.#texts = texts;
    this.#records = records;
    this.#record = record;
    this.#section = section;
    this.#place = place;
  }

  get names(): readonly number[] {
    this.#names ??= this.#records.names(this.#record);
    return this.#names;
  }

  get id(): string {
    return this.#texts.get(this.#record);
  }

  get aliases(): readonly string[] {
    return this.names.slice(1).map((name) => this.#texts.get(name));
  }

  get ranges(): Vulnerable['ranges'] {
    return this.#section.vulnerable(this.#place).ranges;
  }

  get versions(): Vulnerable['versions'] {
    return this.#section.vulnerable(this.#place).versions;
  }

  get urgency(): Vulnerable['urgency'] {
    return this.#section.vulnerable(this.#place).urgency;
  }

  get willNotFix(): Vulnerable['willNotFix'] {
    return this.#section.vulnerable(this.#place).willNotFix;
  }

  get details(): Vulnerable['details'] {
    return this.#section.vulnerable(this.#place).details;
  }
}

/** Its id and date are texts, of which a judgement seldom needs the one and never both. */
export class RecordRating implements AdvisoryRating {
  readonly severity: Severity | undefined;
  readonly cvss: readonly CvssRating[];
  readonly epss: number | undefined;
  readonly kev: boolean | undefined;
  readonly #texts: Names;
  readonly #record: number;
  readonly #published: number;

  constructor(
    texts: Names,
    record: number,
    { severity, cvss, published }: StoredHead,
    epss: number | undefined,
    kev: boolean | undefined,
  ) {
    this.#texts = texts;
    this.#record = record;
    this.#published = published;
    this.severity = severity;
    this.cvss = cvss;
    this.epss = epss;
    this.kev = kev;
  }

  get id(): string {
    return this.#texts.get(this.#record);
  }

  get published(): string | undefined {
    return dateOf(this.#published);
  }
}
