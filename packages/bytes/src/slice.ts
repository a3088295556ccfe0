import type { ByteRange, Bytes } from './bytes.ts';
import { checkRange, startsPastEnd } from './internal/range.ts';

/**
 * A part of the bytes. What comes before it is read and dropped; the source is released as soon as the part is complete.
 * An end past the end is cut to it. Errors: RANGE_INVALID when reversed or when it starts past the end.
 */
export async function* slice(bytes: Bytes, range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
  const { start, end } = checkRange(range, 'a stream');
  if (start === end) return;
  let position = 0;
  for await (const chunk of bytes) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, chunk.byteLength);
    position += chunk.byteLength;
    if (from < to) yield chunk.subarray(from, to);
    if (position >= end) return;
  }
  if (position < start) throw startsPastEnd(start, position, 'a stream');
}
