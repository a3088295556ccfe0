import type { Bytes, SkippableBytes } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';

export const BLOCK = 512;

/** Reads a stream piece by piece without copying what lies within one chunk. Pieces are valid until the next call. */
export class BlockReader {
  /** Position of the next unread byte in the whole stream. */
  offset = 0;
  readonly #source: AsyncIterator<Uint8Array, void, number | undefined>;
  readonly #canSkip: boolean;
  readonly #signal: AbortSignal | undefined;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #ended = false;

  constructor(bytes: Bytes | SkippableBytes, signal: AbortSignal | undefined) {
    this.#source = bytes[Symbol.asyncIterator]();
    this.#canSkip = 'isSkippable' in bytes;
    this.#signal = signal;
  }

  /** The next `length` bytes if the current chunk has them all: the fast path, without a promise. */
  take(length: number): Uint8Array | undefined {
    const end = this.#at + length;
    if (end > this.#chunk.length) return undefined;
    const piece = this.#chunk.subarray(this.#at, end);
    this.#at = end;
    this.offset += length;
    return piece;
  }

  /** At most `length` of the bytes at hand, which remain unread. */
  peek(length: number): Uint8Array {
    return this.#chunk.subarray(this.#at, Math.min(this.#at + length, this.#chunk.length));
  }

  /** Passes over `length` bytes if the current chunk has them all. */
  pass(length: number): boolean {
    const end = this.#at + length;
    if (end > this.#chunk.length) return false;
    this.#at = end;
    this.offset += length;
    return true;
  }

  /** The next `length` bytes; undefined when the stream ends right here. Throws TAR_INVALID when it ends within. */
  async read(length: number, what: string): Promise<Uint8Array | undefined> {
    const start = this.offset;
    if (length > 0 && this.#at === this.#chunk.length && !(await this.#fill())) return undefined;
    const whole = this.take(length);
    if (whole !== undefined) return whole;
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part === undefined) throw truncated(what, start, `after ${length - missing} of ${length} bytes`);
      parts.push(Uint8Array.prototype.slice.call(part));
      missing -= part.length;
    }
    return Buffer.concat(parts, length);
  }

  /** At most `length` bytes, as many as are at hand; undefined at the end of the stream. */
  async some(length: number): Promise<Uint8Array | undefined> {
    if (this.#at === this.#chunk.length && !(await this.#fill())) return undefined;
    return this.take(Math.min(length, this.#chunk.length - this.#at));
  }

  async skip(length: number, what: string): Promise<void> {
    const start = this.offset;
    let missing = length;
    while (missing > 0) {
      // The last byte is read: nothing else tells that the archive goes so far.
      if (this.#canSkip && this.#at === this.#chunk.length && missing > 1) {
        await this.#fill(missing - 1);
        this.offset += missing - 1;
        missing = 1;
      }
      const part = await this.some(missing);
      if (part === undefined) throw truncated(what, start, `within its ${length} bytes`);
      missing -= part.length;
    }
  }

  /** Reads to the end of the stream, so that whoever checks its digest sees all of it. */
  async drain(): Promise<void> {
    do {
      this.offset += this.#chunk.length - this.#at;
      this.#at = this.#chunk.length;
    } while (await this.#fill());
  }

  /** Releases the source when it was not read to its end. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#source.return?.();
  }

  async #fill(skipped?: number): Promise<boolean> {
    let over = skipped;
    while (!this.#ended) {
      throwIfAborted(this.#signal);
      let next: IteratorResult<Uint8Array>;
      try {
        next = await this.#source.next(over);
        over = undefined;
      } catch (error) {
        this.#ended = true;
        throw error;
      }
      if (next.done === true) {
        this.#ended = true;
        break;
      }
      this.#chunk = next.value;
      this.#at = 0;
      if (this.#chunk.length > 0) return true;
    }
    this.#chunk = new Uint8Array(0);
    this.#at = 0;
    return false;
  }
}

function truncated(what: string, offset: number, where: string): LadingError {
  return new LadingError('TAR_INVALID', `Cannot read ${what} at byte ${offset}: the archive ends ${where}`, {
    hint: 'The archive was cut off; fetch it again.',
    details: { offset },
  });
}
