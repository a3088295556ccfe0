import type { Bytes } from '@lading/bytes';
import { isLadingError, type LadingError, throwIfAborted } from '@lading/errors';
import { pause, pauseBefore, type RetryPolicy } from '../retry.ts';

/** Asks for the bytes from `start` on, in one attempt or several. */
export type OpenFrom = (start: number) => Promise<Bytes>;

export interface ResumingOptions {
  readonly start: number;
  /** Where the bytes end; undefined: where they end by themselves. */
  readonly end: number | undefined;
  readonly retries: RetryPolicy;
  readonly signal: AbortSignal | undefined;
}

/** So much between two breaks counts as progress, and the attempts are counted anew. */
const progressBytes = 64 << 10;

/**
 * The same bytes, whatever breaks on the way: a stream that fails transiently or ends too early is opened again where it stopped, with the
 * pauses of the retry policy, as long as it gets on. Then the last failure is thrown; of bytes that only end too early, the end is the end.
 */
export async function* resuming(
  first: Bytes,
  open: OpenFrom,
  { start, end, retries, signal }: ResumingOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = first;
  let at = start;
  for (let next = 2; ; next++) {
    const before = at;
    let failure: LadingError | undefined;
    try {
      for await (const chunk of bytes) {
        // Read to its own end, an answer leaves its connection for the next; only one that gives too much is broken off.
        if (at === end) return;
        const wanted = end === undefined ? chunk : chunk.subarray(0, end - at);
        at += wanted.byteLength;
        yield wanted;
      }
      if (end === undefined || at >= end) return;
    } catch (error) {
      throwIfAborted(signal);
      if (at === end) return;
      if (!isLadingError(error) || !error.transient) throw error;
      failure = error;
    }
    if (at - before >= progressBytes) next = 2;
    const wait = pauseBefore(next, retries);
    if (wait === undefined) {
      if (failure === undefined) return;
      throw failure;
    }
    await pause(wait, signal);
    bytes = await open(at);
  }
}
