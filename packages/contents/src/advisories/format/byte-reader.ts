import { damaged } from './damaged.ts';

/** Reads what `ByteWriter` wrote, never past the end of its bytes. Every read throws ADVISORIES_DAMAGED where they end too early. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw damaged('it ends within a value');
    return value;
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
    if (count > this.#bytes.length - this.#at) throw damaged('it announces more than it holds');
    return count;
  }

  text(): string {
    return this.bytes().toString();
  }

  /** Bytes behind their length, as they lie. */
  bytes(): Buffer {
    const length = this.count();
    const start = this.#at;
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  texts(): string[] {
    return Array.from({ length: this.count() }, () => this.text());
  }
}
