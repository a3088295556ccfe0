import type { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { damaged } from './damaged.ts';
import { Table, tableOf } from './table.ts';

/** Names that are written together: each but the first has only what makes it different from the one before. */
const NAMES_PER_BLOCK = 16;

/** Sorted names in few bytes: neighbours such as `CVE-2024-1086` and `CVE-2024-1087` share most of theirs. */
export function nameTable(sorted: readonly Buffer[]): Buffer {
  const blocks: Buffer[] = [];
  const writer = new ByteWriter();
  for (let first = 0; first < sorted.length; first += NAMES_PER_BLOCK) {
    let before: Buffer = Buffer.alloc(0);
    for (const name of sorted.slice(first, first + NAMES_PER_BLOCK)) {
      const shared = sharedBytes(before, name);
      writer.varint(shared);
      writer.varint(name.length - shared);
      writer.bytes(name.subarray(shared));
      before = name;
    }
    blocks.push(writer.take());
  }
  const count = Buffer.alloc(4);
  count.writeUInt32LE(sorted.length);
  return Buffer.concat([count, tableOf(blocks)]);
}

/** Such a table as it lies at the start of bytes. Throws ADVISORIES_DAMAGED where it does not follow the format. */
export class NameTable {
  readonly count: number;
  /** Where what follows the table starts. */
  readonly end: number;
  readonly #blocks: Table;
  /** The name that was read last. */
  #name: Buffer = Buffer.allocUnsafe(256);
  #length = 0;

  constructor(bytes: Buffer) {
    if (bytes.length < 4) throw damaged('a list of names is cut off');
    this.count = bytes.readUInt32LE(0);
    this.#blocks = new Table(bytes.subarray(4));
    this.end = 4 + this.#blocks.end;
    if (this.#blocks.count !== Math.ceil(this.count / NAMES_PER_BLOCK))
      throw damaged('a list of names is not as long as it says');
  }

  get(index: number): string {
    if (index >= this.count) throw damaged('it names an entry that is not there');
    const reader = this.#blocks.reader(Math.floor(index / NAMES_PER_BLOCK));
    this.#length = 0;
    for (let left = index % NAMES_PER_BLOCK; left >= 0; left--) this.#next(reader);
    return this.#name.toString('utf8', 0, this.#length);
  }

  /** The number of a name; undefined when it is none of them. */
  find(name: string): number | undefined {
    const wanted = Buffer.from(name);
    let low = 0;
    let high = this.#blocks.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#first(middle).compare(wanted) <= 0) low = middle + 1;
      else high = middle;
    }
    const block = low - 1;
    if (block < 0) return undefined;
    const start = block * NAMES_PER_BLOCK;
    const end = Math.min(this.count, start + NAMES_PER_BLOCK);
    const reader = this.#blocks.reader(block);
    this.#length = 0;
    for (let index = start; index < end; index++) {
      this.#next(reader);
      if (this.#name.compare(wanted, 0, wanted.length, 0, this.#length) === 0) return index;
    }
    return undefined;
  }

  #first(block: number): Buffer {
    this.#length = 0;
    this.#next(this.#blocks.reader(block));
    return this.#name.subarray(0, this.#length);
  }

  #next(reader: ByteReader): void {
    const shared = reader.varint();
    if (shared > this.#length) throw damaged('a name in it shares more than there is');
    const rest = reader.count();
    if (shared + rest > this.#name.length) {
      const larger = Buffer.allocUnsafe((shared + rest) * 2);
      this.#name.copy(larger, 0, 0, shared);
      this.#name = larger;
    }
    reader.copyTo(this.#name, shared, rest);
    this.#length = shared + rest;
  }
}

function sharedBytes(a: Buffer, b: Buffer): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}
