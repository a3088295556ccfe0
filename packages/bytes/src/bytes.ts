/**
 * A stream of bytes inside Lading: chunks of 256–512 KiB where the source can choose.
 * A chunk belongs to the reader until it asks for the next one; keep longer only a copy.
 * A source opens lazily, on the first `next()`, and releases what it holds when the iteration ends, throws or is returned early.
 */
export type Bytes = AsyncIterable<Uint8Array>;

/**
 * Bytes of which the reader may leave out some: `next(count)` passes over so many after those that it had before. Who wraps them to see every
 * byte, to check a digest, gives plain Bytes.
 */
export interface SkippableBytes extends Bytes {
  readonly isSkippable: true;
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, void, number | undefined>;
}

/** What every call that does I/O accepts. */
export interface Io {
  /** Cancels the call: it then rejects with INTERRUPTED and releases what it holds. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes from `start` up to but excluding `end`; without `end`, up to the last. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number | undefined;
}
