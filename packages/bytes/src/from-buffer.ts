import type { Bytes } from './bytes.ts';
import { CHUNK_BYTES } from './chunk-size.ts';

/**
 * Bytes that are in memory already; a string counts as UTF-8. Chunks are views of `data`, not copies, of at most 512 KiB.
 * May be iterated any number of times.
 */
export function fromBuffer(data: Uint8Array | string): Bytes {
  const whole = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  return { [Symbol.asyncIterator]: () => chunksOf(whole) };
}

async function* chunksOf(whole: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < whole.byteLength; at += CHUNK_BYTES) yield whole.subarray(at, at + CHUNK_BYTES);
}
