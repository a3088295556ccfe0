/**
 * A stream of bytes inside Lading: chunks of 256–512 KiB where the source can choose.
 * A chunk belongs to the reader until it asks for the next one; keep longer only a copy.
 * A source opens lazily, on the first `next()`, and releases what it holds when the iteration ends, throws or is returned early.
 */
export type Bytes = AsyncIterable<Uint8Array>;

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
