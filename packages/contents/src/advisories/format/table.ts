import { ByteReader } from './byte-reader.ts';
import { damaged } from './damaged.ts';

const NUMBER_BYTES = 4;

/** Numbered entries: their count, where each starts and the last ends, then their bytes. */
export function tableOf(entries: readonly Uint8Array[]): Buffer {
  const head = (entries.length + 2) * NUMBER_BYTES;
  const table = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + entry.length, head));
  table.writeUInt32LE(entries.length, 0);
  let at = head;
  entries.forEach((entry, index) => {
    table.writeUInt32LE(at - head, (index + 1) * NUMBER_BYTES);
    table.set(entry, at);
    at += entry.length;
  });
  table.writeUInt32LE(at - head, (entries.length + 1) * NUMBER_BYTES);
  return table;
}

/** A table at the start of bytes, used where it lies. Throws ADVISORIES_DAMAGED where it does not fit them. */
export class Table {
  readonly count: number;
  /** Where what follows the table starts. */
  readonly end: number;
  readonly #bytes: Buffer;
  readonly #head: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.count = bytes.length < 2 * NUMBER_BYTES ? -1 : bytes.readUInt32LE(0);
    this.#head = (this.count + 2) * NUMBER_BYTES;
    if (this.count < 0 || this.#head > bytes.length) throw damaged('a table is cut off');
    this.end = this.#head + this.#start(this.count);
    if (this.end > bytes.length) throw damaged('a table is cut off');
  }

  /** The bytes of an entry, as they lie. */
  get(index: number): Buffer {
    const start = this.#checked(index);
    return this.#bytes.subarray(start, this.#head + this.#start(index + 1));
  }

  /** Reads an entry where it lies. Many are read, and a buffer for each would cost more than its bytes. */
  reader(index: number): ByteReader {
    const start = this.#checked(index);
    return new ByteReader(this.#bytes, start, this.#head + this.#start(index + 1));
  }

  /** The number of an entry in a table that is sorted by bytes; undefined when there is none. */
  find(entry: Buffer): number | undefined {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(entry, middle);
      if (order === 0) return middle;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }

  #compare(wanted: Buffer, index: number): number {
    const start = this.#checked(index);
    const length = this.#head + this.#start(index + 1) - start;
    const most = Math.min(wanted.length, length);
    for (let at = 0; at < most; at++) {
      const difference = (wanted[at] as number) - (this.#bytes[start + at] as number);
      if (difference !== 0) return difference;
    }
    return wanted.length - length;
  }

  /** Where an entry starts, after a look at where it ends. */
  #checked(index: number): number {
    if (index >= this.count) throw damaged('it names an entry that is not there');
    const start = this.#head + this.#start(index);
    const end = this.#head + this.#start(index + 1);
    if (start > end || end > this.end) throw damaged('the entries of a table overlap');
    return start;
  }

  #start(index: number): number {
    return this.#bytes.readUInt32LE((index + 1) * NUMBER_BYTES);
  }
}
