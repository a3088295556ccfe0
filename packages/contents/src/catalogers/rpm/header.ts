import { LadingError } from '@lading/errors';

/** Types of values that packages are read from. rpm's docs/manual/format_header.md. */
const int32 = 4;
const string = 6;
const binary = 7;
const stringArray = 8;
const localizedString = 9;

const entryBytes = 16;
/** Longer texts are none of those that name something. */
const maxTextBytes = 64 << 10;
/** rpm takes no header with more. */
const maxEntries = 0xffff;

/** Tags that regions of a header have, which are no values. */
const lastRegionTag = 63;

interface Entry {
  readonly type: number;
  /** Of bytes, within `data`. */
  readonly offset: number;
  /** Of values; of a binary one, bytes. */
  readonly count: number;
}

/**
 * A package's header as databases hold it: the number of entries and the bytes of data, an index of entries (tag, type, offset, count), and
 * the data. All numbers are big-endian. Values are read when they are asked for; one that is not of the expected type or reaches past the
 * data is absent.
 */
export class RpmHeader {
  /** Of all of it. */
  readonly bytes: number;
  readonly #data: Buffer;
  readonly #entries: ReadonlyMap<number, Entry>;

  private constructor(bytes: number, data: Buffer, entries: ReadonlyMap<number, Entry>) {
    this.bytes = bytes;
    this.#data = data;
    this.#entries = entries;
  }

  /** Throws PACKAGE_RECORD_INVALID. */
  static parse(blob: Buffer): RpmHeader {
    const [count, length] = blob.length < 8 ? [0, 0] : [blob.readUInt32BE(0), blob.readUInt32BE(4)];
    const start = 8 + count * entryBytes;
    if (count === 0 || count > maxEntries || start + length > blob.length) {
      const fault = `${blob.length} bytes do not hold ${count} entries and ${length} bytes of data`;
      throw new LadingError('PACKAGE_RECORD_INVALID', `Cannot read an rpm header: ${fault}`);
    }
    const entries = new Map<number, Entry>();
    for (let at = 8; at < start; at += entryBytes) {
      const tag = blob.readUInt32BE(at);
      // What was added at installing stands behind what the package came with, and counts.
      if (tag > lastRegionTag)
        entries.set(tag, {
          type: blob.readUInt32BE(at + 4),
          offset: blob.readUInt32BE(at + 8),
          count: blob.readUInt32BE(at + 12),
        });
    }
    return new RpmHeader(blob.length, blob.subarray(start, start + length), entries);
  }

  /** A string; of a localized one the first, which is in no particular language. */
  text(tag: number): string | undefined {
    const entry = this.#entries.get(tag);
    if (entry?.type !== string && entry?.type !== localizedString) return undefined;
    const bytes = this.#stringAt(entry.offset);
    return bytes === undefined || bytes.length > maxTextBytes ? undefined : bytes.toString('utf8');
  }

  /** A number, the first of an array. */
  number(tag: number): number | undefined {
    const entry = this.#entries.get(tag);
    if (entry?.type !== int32 || entry.count === 0 || entry.offset + 4 > this.#data.length) return undefined;
    return this.#data.readUInt32BE(entry.offset);
  }

  binary(tag: number): Buffer | undefined {
    const entry = this.#entries.get(tag);
    if (entry?.type !== binary || entry.offset + entry.count > this.#data.length) return undefined;
    return this.#data.subarray(entry.offset, entry.offset + entry.count);
  }

  /** Numbers of an array, as far as they are there. */
  *numbers(tag: number): Generator<number> {
    const entry = this.#entries.get(tag);
    if (entry?.type !== int32) return;
    const end = Math.min(this.#data.length - 3, entry.offset + 4 * entry.count);
    for (let at = entry.offset; at < end; at += 4) yield this.#data.readUInt32BE(at);
  }

  /** Strings of an array as bytes, as far as they are there. */
  *strings(tag: number): Generator<Buffer> {
    const entry = this.#entries.get(tag);
    if (entry?.type !== stringArray) return;
    let at = entry.offset;
    for (let index = 0; index < entry.count; index++) {
      const bytes = this.#stringAt(at);
      if (bytes === undefined) return;
      yield bytes;
      at += bytes.length + 1;
    }
  }

  /** Up to the zero that ends it. */
  #stringAt(offset: number): Buffer | undefined {
    const end = offset < this.#data.length ? this.#data.indexOf(0, offset) : -1;
    return end < 0 ? undefined : this.#data.subarray(offset, end);
  }
}
