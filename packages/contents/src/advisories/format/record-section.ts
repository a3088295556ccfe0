import type { CvssRating, Severity } from '@lading/facts';
import { ByteWriter } from './byte-writer.ts';
import { Table, tableOf } from './table.ts';
import { severityNumber, severityOf } from './vulnerable.ts';

/** What is asked of every record that concerns a package; texts are kept apart. */
export interface RecordHead {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly severity?: Severity | undefined;
  /** ISO, to the second; empty when unknown. */
  readonly published: string;
  readonly modified: string;
  readonly cvss: readonly CvssRating[];
}

/** A head without names. Dates are seconds since 1970, 0 when unknown. */
export interface StoredHead extends Pick<RecordHead, 'severity' | 'cvss'> {
  readonly published: number;
  readonly modified: number;
}

/** The heads by number, and the ratings that they name, each once. `numbers` are those of all names. */
export function recordSection(heads: Iterable<RecordHead>, numbers: ReadonlyMap<string, number>): Buffer {
  const ratings = new Map<string, { readonly number: number; readonly bytes: Buffer }>();
  const writer = new ByteWriter();
  const ratingWriter = new ByteWriter();
  const entries: Buffer[] = [];
  for (const { aliases, severity, published, modified, cvss } of heads) {
    writer.varint(aliases.length);
    for (const alias of aliases) writer.varint(numbers.get(alias) ?? 0);
    writer.byte(severityNumber(severity));
    writer.varint(seconds(published));
    writer.varint(seconds(modified));
    writer.varint(cvss.length);
    for (const { version, vector, score } of cvss) {
      let rating = ratings.get(vector);
      if (rating === undefined) {
        ratingWriter.byte(Math.round(score * 10));
        ratingWriter.text(version);
        ratingWriter.text(vector);
        rating = { number: ratings.size, bytes: ratingWriter.take() };
        ratings.set(vector, rating);
      }
      writer.varint(rating.number);
    }
    entries.push(writer.take());
  }
  return Buffer.concat([tableOf(entries), tableOf([...ratings.values()].map(({ bytes }) => bytes))]);
}

/** The heads as they lie. Throws ADVISORIES_DAMAGED. */
export class RecordSection {
  readonly #entries: Table;
  readonly #ratings: Table;
  readonly #readRatings: CvssRating[] = [];

  constructor(bytes: Buffer) {
    this.#entries = new Table(bytes);
    this.#ratings = new Table(bytes.subarray(this.#entries.end));
  }

  get count(): number {
    return this.#entries.count;
  }

  /** The numbers of its names, its own first: look-ups need no more. */
  names(record: number): number[] {
    const names = [record];
    const reader = this.#entries.reader(record);
    for (let left = reader.count(); left > 0; left--) names.push(reader.varint());
    return names;
  }

  head(record: number): StoredHead {
    const reader = this.#entries.reader(record);
    for (let left = reader.count(); left > 0; left--) reader.varint();
    const severity = severityOf(reader.byte());
    const published = reader.varint();
    const modified = reader.varint();
    const cvss: CvssRating[] = [];
    for (let left = reader.count(); left > 0; left--) cvss.push(this.#rating(reader.varint()));
    return { severity, published, modified, cvss };
  }

  /** Many vulnerabilities have one vector: it is read once. */
  #rating(number: number): CvssRating {
    const known = this.#readRatings[number];
    if (known !== undefined) return known;
    const reader = this.#ratings.reader(number);
    const score = reader.byte() / 10;
    const rating = { version: reader.text(), vector: reader.text(), score };
    this.#readRatings[number] = rating;
    return rating;
  }
}

const LAST_SECOND = 0xffffffff;

/** Seconds since 1970, 0 when unknown. */
function seconds(iso: string): number {
  const value = Math.floor(Date.parse(iso) / 1000);
  return value > 0 && value <= LAST_SECOND ? value : 0;
}

/** ISO, to the second; undefined when unknown. */
export function dateOf(seconds: number): string | undefined {
  return seconds === 0 ? undefined : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
