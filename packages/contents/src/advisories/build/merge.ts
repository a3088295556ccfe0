import type { CvssRating } from '@lading/facts';
import { rateVector } from '../../severity/rate-vector.ts';
import { ecosystemFamily } from '../ecosystem-name.ts';
import type { RecordHead } from '../format/record-section.ts';
import { type Batch, type BatchRecord, type BatchRow, rowsOf } from './batch.ts';

/** One advisory of the database, from all records that have its id. */
export interface MergedRecord {
  readonly head: RecordHead;
  /** What `writeText` wrote. */
  readonly text: Buffer;
  /** Sorted, each once. */
  readonly rows: readonly BatchRow[];
}

interface Candidate {
  readonly record: BatchRecord;
  readonly bytes: Buffer;
}

/** Collects records in any order, and merges them into what does not depend on it. */
export class Merge {
  readonly #candidates = new Map<string, Candidate[]>();
  readonly #authorities = new Set<string>();
  readonly #families = new Set<string>();
  readonly #ratings = new Map<string, CvssRating | undefined>();

  /** `ecosystem`: of which the batch is a dump. */
  add(batch: Batch, ecosystem: string | undefined): void {
    const bytes = Buffer.from(batch.bytes.buffer);
    for (const record of batch.records) {
      const known = this.#candidates.get(record.id);
      if (known === undefined) this.#candidates.set(record.id, [{ record, bytes }]);
      else known.push({ record, bytes });
    }
    for (const name of batch.authorities) this.#authorities.add(name);
    for (const family of ecosystem === undefined ? batch.families : [ecosystemFamily(ecosystem)])
      this.#families.add(family);
  }

  /** By the bytes of their ids. Records that speak of no package come where another names them: they may have a rating that it lacks. */
  *records(): Generator<MergedRecord> {
    const named = this.#named();
    for (const id of sortedByBytes(this.#candidates.keys())) {
      const rows = this.#rowsOf(this.#candidates.get(id) ?? []);
      if (rows.length === 0 && !named.has(id)) continue;
      yield { ...this.#headOf(this.#candidates.get(id) ?? []), rows };
    }
  }

  /** Aliases of the records that speak of packages. */
  #named(): Set<string> {
    const named = new Set<string>();
    for (const candidates of this.#candidates.values()) {
      if (this.#rowsOf(candidates).length > 0)
        for (const { record } of candidates) for (const alias of record.aliases) named.add(alias);
    }
    return named;
  }

  /** The rows of the newest records, without those of which others are the authority or that were mentioned by the way. */
  #rowsOf(candidates: readonly Candidate[]): BatchRow[] {
    const rows = new Map<string, BatchRow>();
    const newest = newestOf(candidates);
    for (const { record, bytes } of candidates) {
      if (!record.authority && record.modified !== newest) continue;
      for (const row of rowsOf(bytes, record)) {
        if (!this.#families.has(ecosystemFamily(row.ecosystem))) continue;
        if (!record.authority && this.#authorities.has(row.ecosystem)) continue;
        rows.set(`${row.ecosystem}\0${row.name}\0${row.vulnerable.toString('latin1')}`, row);
      }
    }
    return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  #headOf(candidates: readonly Candidate[]): Omit<MergedRecord, 'rows'> {
    const newest = newestOf(candidates);
    const sorted = candidates
      .map(({ record, bytes }) => ({ record, text: bytes.subarray(record.places[0], record.places[1]) }))
      .filter(({ record }) => record.modified === newest)
      .sort(
        (a, b) =>
          Number(a.record.authority) - Number(b.record.authority) ||
          b.text.length - a.text.length ||
          a.text.compare(b.text),
      );
    const [first] = sorted;
    if (first === undefined) throw new TypeError('a record is merged from at least one');
    const heads = sorted.map(({ record }) => record);
    const { id, modified } = first.record;
    return {
      head: {
        id,
        aliases: union(heads.map(({ aliases }) => aliases)),
        severity: heads.flatMap(({ severity }) => severity ?? []).sort()[0],
        published: heads.flatMap(({ published }) => (published === '' ? [] : [published])).sort()[0] ?? '',
        modified,
        cvss: union(heads.map(({ cvss }) => cvss)).flatMap((vector) => this.#rating(vector) ?? []),
      },
      text: first.text,
    };
  }

  /** Many vulnerabilities have one vector. */
  #rating(vector: string): CvssRating | undefined {
    if (!this.#ratings.has(vector)) this.#ratings.set(vector, rateVector(vector));
    return this.#ratings.get(vector);
  }
}

function sortedByBytes(names: Iterable<string>): string[] {
  return Array.from(names, (name) => Buffer.from(name))
    .sort(Buffer.compare)
    .map((name) => name.toString());
}

/** Of the records that are no authority's, where there are any: an authority's have no date. */
function newestOf(candidates: readonly Candidate[]): string {
  return (
    candidates
      .map(({ record }) => record.modified)
      .sort()
      .at(-1) ?? ''
  );
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}
