import type { Severity } from '@lading/facts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { damaged } from './damaged.ts';
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
  /** CVSS vectors. */
  readonly cvss: readonly string[];
}

/** The heads by number, and the CVSS vectors that they name, each once. */
export function recordSection(heads: Iterable<RecordHead>): Buffer {
  const vectors = new Map<string, number>();
  const writer = new ByteWriter();
  const entries: Buffer[] = [];
  for (const { id, aliases, severity, published, modified, cvss } of heads) {
    writer.text(id);
    writer.texts(aliases);
    writer.byte(severityNumber(severity));
    writer.varint(seconds(published));
    writer.varint(seconds(modified));
    writer.varint(cvss.length);
    for (const vector of cvss) {
      const number = vectors.get(vector) ?? vectors.size;
      vectors.set(vector, number);
      writer.varint(number);
    }
    entries.push(writer.take());
  }
  return Buffer.concat([tableOf(entries), tableOf([...vectors.keys()].map((vector) => Buffer.from(vector)))]);
}

/** The heads as they lie. Throws ADVISORIES_DAMAGED. */
export class RecordSection {
  readonly #entries: Table;
  readonly #vectors: Table;

  constructor(bytes: Buffer) {
    this.#entries = new Table(bytes);
    this.#vectors = new Table(bytes.subarray(this.#entries.end));
  }

  get count(): number {
    return this.#entries.count;
  }

  /** The names alone: look-ups need no more. */
  names(record: number): Pick<RecordHead, 'id' | 'aliases'> {
    return readNames(new ByteReader(this.#entries.get(record)));
  }

  head(record: number): RecordHead {
    const reader = new ByteReader(this.#entries.get(record));
    const names = readNames(reader);
    const severity = severityOf(reader.byte());
    const [published, modified] = [time(reader.varint()), time(reader.varint())];
    const cvss = Array.from({ length: reader.count() }, () => this.#vectors.get(reader.varint()).toString());
    return { ...names, ...(severity === undefined ? {} : { severity }), published, modified, cvss };
  }
}

function readNames(reader: ByteReader): Pick<RecordHead, 'id' | 'aliases'> {
  return { id: reader.text(), aliases: reader.texts() };
}

const LAST_SECOND = 0xffffffff;

/** Seconds since 1970, 0 when unknown. */
function seconds(iso: string): number {
  const value = Math.floor(Date.parse(iso) / 1000);
  return value > 0 && value <= LAST_SECOND ? value : 0;
}

function time(value: number): string {
  if (value > LAST_SECOND) throw damaged('a date in it is none');
  return value === 0 ? '' : new Date(value * 1000).toISOString().replace('.000Z', 'Z');
}
