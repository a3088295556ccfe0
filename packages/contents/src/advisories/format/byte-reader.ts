import { damaged } from './damaged.ts';

/** Reads what `ByteWriter` wrote, from one place to before another. Every read throws ADVISORIES_DAMAGED where they end too early. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, at = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  byte(): number {
    if (this.#at >= this.#end) throw damaged('it ends within a value');
    return this.#bytes[this.#at++] as number;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte <= 0x7f) return value >>> 0;
    }
    throw damaged('a number in it has no end');
  }

  /** How many items follow, of at least one byte each. */
  count(): number {
    const count = this.varint();
    if (count > this.#end - this.#at) throw damaged('it announces more than it holds');
    return count;
  }

  text(): string {
    const start = this.#skip();
    return this.#bytes.toString('utf8', start, this.#at);
  }

  /** Bytes behind their length, as they lie. */
  bytes(): Buffer {
    const start = this.#skip();
    return this.#bytes.subarray(start, this.#at);
  }

  texts(): string[] {
    return Array.from({ length: this.count() }, () => this.text());
  }

  /** The next `length` bytes, no more than `count()` allowed, to a place in another buffer. */
  copyTo(target: Buffer, at: number, length: number): void {
    for (let index = 0; index < length; index++) target[at + index] = this.byte();
  }

  /** Goes past bytes behind their length; where they start. */
  #skip(): number {
    const length = this.count();
    const start = this.#at;
    this.#at = start + length;
    return start;
  }
}
