import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';

/** A member of an `ar` archive. Its content must be used before the next member is asked for; what is not read is skipped. */
export interface ArMember {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly content: Bytes;
}

const MAGIC = '!<arch>\n';

/** Reads the members of an `ar` archive in the common format, as dpkg uses it: names of at most 15 characters. Throws PACKAGE_INVALID. */
export async function* readAr(bytes: Bytes): AsyncIterable<ArMember> {
  const reader = new Reader(bytes);
  try {
    if ((await reader.take(8))?.toString('latin1') !== MAGIC) throw invalid('it does not start with "!<arch>"');
    for (;;) {
      const header = await reader.take(60);
      if (header === undefined) return;
      const { name, size } = parseHeader(header.toString('latin1'));
      const content = reader.content(size);
      yield { name, size, content };
      await reader.skipContent();
      // A member of odd length is followed by one byte of padding, which the last member may lack.
      if (size % 2 === 1) await reader.take(1);
    }
  } finally {
    await reader.close();
  }
}

// name 16, mtime 12, uid 6, gid 6, mode 8, size 10, end 2
function parseHeader(header: string): { name: string; size: number } {
  if (header.length < 60) throw invalid('it is cut off inside a member header');
  if (!header.endsWith('`\n')) throw invalid('a member header does not end in "`\\n"');
  const name = header.slice(0, 16).trimEnd().replace(/\/$/, '');
  const size = header.slice(48, 58).trimEnd();
  if (!/^[0-9]{1,10}$/.test(size)) throw invalid(`the size "${size}" of member "${name}" is not a number`);
  return { name, size: Number(size) };
}

function invalid(fault: string): LadingError {
  return new LadingError('PACKAGE_INVALID', `Cannot read an ar archive: ${fault}`);
}

/** Gives exact numbers of bytes out of a stream of chunks. */
class Reader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #left = 0;
  #done = false;

  constructor(bytes: Bytes) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** `count` bytes, fewer at the end, or undefined when there are none. */
  async take(count: number): Promise<Buffer | undefined> {
    const parts: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      const part = await this.#next(missing);
      if (part === undefined) break;
      // Chunks are the source's own: what is kept over the next read is copied.
      parts.push(Uint8Array.from(part));
      missing -= part.length;
    }
    return missing === count ? undefined : Buffer.concat(parts);
  }

  content(size: number): Bytes {
    this.#left = size;
    return this.#content();
  }

  async *#content(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) yield await this.#takeContent();
  }

  async skipContent(): Promise<void> {
    while (this.#left > 0) await this.#takeContent();
  }

  async #takeContent(): Promise<Uint8Array> {
    const part = await this.#next(this.#left);
    if (part === undefined) throw invalid(`it is cut off ${this.#left} bytes before the end of a member`);
    this.#left -= part.length;
    return part;
  }

  async #next(most: number): Promise<Uint8Array | undefined> {
    while (this.#chunk.length === 0) {
      if (this.#done) return undefined;
      const result = await this.#iterator.next();
      if (result.done === true) {
        this.#done = true;
        return undefined;
      }
      this.#chunk = result.value;
    }
    const part = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(part.length);
    return part;
  }

  async close(): Promise<void> {
    if (!this.#done) await this.#iterator.return?.();
    this.#done = true;
  }
}
