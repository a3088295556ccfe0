import { maxPatternLength } from './pattern-cost.ts';

/** What is kept of the bytes before those to be looked at: for patterns that begin before their keyword, and for excerpts. */
export const keptBefore = 2048;
/** What must follow a keyword before it is looked at, unless the file ends. */
export const keptAfter: number = maxPatternLength + 64;
/** Zeros after the content, for the finder: longer than any keyword. */
const padding = 256;

const capacity = 256 * 1024 + keptBefore + keptAfter;

/**
 * A piece of a file, which moves along it. Whoever fills it decides nothing: pieces begin at the same bytes of the file however its content
 * arrives, so what is found does not depend on that either.
 */
export class ScanBuffer {
  readonly bytes: Buffer = Buffer.from(new ArrayBuffer(capacity + padding));
  /** Bytes of the file that are here. */
  length = 0;
  /** From where on keywords were not looked for yet. */
  next = 0;

  /** Takes what fits; returns how much that was. */
  fill(chunk: Uint8Array, from: number): number {
    const count = Math.min(chunk.length - from, capacity - this.length);
    this.bytes.set(from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count), this.length);
    this.length += count;
    return count;
  }

  get isFull(): boolean {
    return this.length === capacity;
  }

  /** Up to where keywords may be looked for. */
  limit(final: boolean): number {
    return final ? this.length : this.length - keptAfter;
  }

  /** Makes the bytes after the last one readable as zeros, once the file is over. */
  close(): void {
    this.bytes.fill(0, this.length, this.length + padding);
  }

  /** Where the line begins that follows the one of `at`. */
  lineAfter(at: number): number {
    const end = this.bytes.indexOf(10, at);
    return end === -1 || end >= this.length ? this.length : end + 1;
  }

  /** How much may be forgotten when all before `limit` was looked at. */
  gone(limit: number): number {
    return Math.max(0, limit - keptBefore);
  }

  advance(limit: number): void {
    const gone = this.gone(limit);
    this.bytes.copyWithin(0, gone, this.length);
    this.length -= gone;
    this.next = limit - gone;
  }

  reset(): void {
    this.length = 0;
    this.next = 0;
  }
}
