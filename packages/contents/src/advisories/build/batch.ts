import type { AdvisoryRecord } from '../advisory-record.ts';
import { ecosystemFamily } from '../ecosystem-name.ts';
import { ByteReader } from '../format/byte-reader.ts';
import { ByteWriter } from '../format/byte-writer.ts';
import type { RecordHead } from '../format/record-section.ts';
import { writeText } from '../format/text-section.ts';
import { writeVulnerable } from '../format/vulnerable.ts';
import type { Statement } from '../import/importer.ts';

/** Some records in the form in which they go into a database, so that whoever merges them moves bytes and no objects. */
export interface Batch {
  readonly records: readonly BatchRecord[];
  /** Texts and rows of the records. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly exploitation: readonly Extract<Statement, { kind: 'exploitation' }>[];
  /** How many statements each source made, and the newest. */
  readonly sources: ReadonlyMap<string, { readonly records: number; readonly newest: string }>;
  /** Ecosystems of which somebody who keeps them spoke. */
  readonly authorities: ReadonlySet<string>;
  /** Families of ecosystems that records were about. */
  readonly families: ReadonlySet<string>;
  readonly skipped: ReadonlyMap<string, number>;
  /** Bytes of the documents, inflated. */
  readonly bytesRead: number;
  readonly warnings: Warnings;
}

export interface BatchRecord extends Omit<RecordHead, 'cvss'> {
  /** Vectors, which are rated when records are merged. */
  readonly cvss: readonly string[];
  readonly authority: boolean;
  /** Where in `bytes` its text starts, its rows start, and they end. */
  readonly places: readonly [text: number, rows: number, end: number];
}

/** The first few, and how many there were. */
export interface Warnings {
  readonly first: readonly string[];
  readonly count: number;
}

export const SHOWN_WARNINGS = 20;

/** A package that a record speaks of, and what `writeVulnerable` wrote of it. */
export interface BatchRow {
  readonly ecosystem: string;
  readonly name: string;
  readonly vulnerable: Buffer;
}

export class BatchBuilder {
  readonly #records: BatchRecord[] = [];
  readonly #exploitation: Extract<Statement, { kind: 'exploitation' }>[] = [];
  readonly #sources = new Map<string, { records: number; newest: string }>();
  readonly #authorities = new Set<string>();
  readonly #families = new Set<string>();
  readonly #skipped = new Map<string, number>();
  readonly #warnings: string[] = [];
  #warningCount = 0;
  #bytesRead = 0;
  readonly #bytes = new ByteWriter();
  readonly #row = new ByteWriter();

  /** `place` is where the statement was read. */
  add(statement: Statement, source: string, place: string): void {
    switch (statement.kind) {
      case 'record':
        this.#record(statement.record);
        this.#count(
          statement.source === undefined ? source : `${statement.source} ${source}`,
          statement.record.modified,
        );
        break;
      case 'exploitation':
        this.#exploitation.push(statement);
        this.#count(source, '');
        break;
      case 'skipped':
        this.#skipped.set(statement.reason, (this.#skipped.get(statement.reason) ?? 0) + 1);
        break;
      case 'warning':
        this.warn(`${place}: ${statement.message}`);
    }
  }

  countBytes(bytes: number): void {
    this.#bytesRead += bytes;
  }

  warn(message: string): void {
    if (this.#warningCount++ < SHOWN_WARNINGS) this.#warnings.push(message);
  }

  finish(): Batch {
    return {
      records: this.#records,
      bytes: this.#bytes.take(),
      exploitation: this.#exploitation,
      sources: this.#sources,
      authorities: this.#authorities,
      families: this.#families,
      skipped: this.#skipped,
      bytesRead: this.#bytesRead,
      warnings: { first: this.#warnings, count: this.#warningCount },
    };
  }

  #record(record: AdvisoryRecord): void {
    const { severity, published = '', modified = '', cvss, authority = false } = record;
    // Names are looked up by their bytes, which half a surrogate pair has none of.
    const id = record.id.toWellFormed();
    const aliases = record.aliases.map((alias) => alias.toWellFormed());
    const text = this.#bytes.length;
    writeText(this.#bytes, record);
    const rows = this.#bytes.length;
    this.#bytes.varint(record.affected.length);
    for (const affected of record.affected) {
      this.#bytes.text(affected.ecosystem);
      this.#bytes.text(affected.name);
      writeVulnerable(this.#row, affected);
      const vulnerable = this.#row.take();
      this.#bytes.varint(vulnerable.length);
      this.#bytes.bytes(vulnerable);
      this.#families.add(ecosystemFamily(affected.ecosystem));
      if (authority) this.#authorities.add(affected.ecosystem);
    }
    const places = [text, rows, this.#bytes.length] as const;
    this.#records.push({ id, aliases, severity, published, modified, cvss, authority, places });
  }

  #count(source: string, modified = ''): void {
    const known = this.#sources.get(source) ?? { records: 0, newest: '' };
    known.records += 1;
    if (modified > known.newest) known.newest = modified;
    this.#sources.set(source, known);
  }
}

/** The rows of a record. */
export function rowsOf(bytes: Buffer, { places: [, start, end] }: BatchRecord): BatchRow[] {
  const reader = new ByteReader(bytes.subarray(start, end));
  return Array.from({ length: reader.varint() }, () => ({
    ecosystem: reader.text(),
    name: reader.text(),
    vulnerable: reader.bytes(),
  }));
}
