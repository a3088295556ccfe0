import type { Bytes } from './bytes.ts';
import { CHUNK_BYTES } from './chunk-size.ts';

/** The same bytes in chunks of exactly `chunkBytes` (512 KiB unless told); the last may be shorter. */
export async function* rechunk(
  bytes: Bytes,
  chunkBytes: number = CHUNK_BYTES,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!Number.isSafeInteger(chunkBytes) || chunkBytes < 1) throw new RangeError('chunkBytes must be at least 1');
  // One buffer suffices: a chunk is the reader's only until it asks for the next.
  let buffer: Buffer | undefined;
  let filled = 0;
  for await (const chunk of bytes) {
    let at = 0;
    while (at < chunk.byteLength) {
      if (filled === 0 && chunk.byteLength - at >= chunkBytes) {
        yield chunk.subarray(at, at + chunkBytes);
        at += chunkBytes;
        continue;
      }
      buffer ??= Buffer.allocUnsafeSlow(chunkBytes);
      const part = chunk.subarray(at, at + chunkBytes - filled);
      buffer.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled === chunkBytes) {
        yield buffer;
        filled = 0;
      }
    }
  }
  if (buffer !== undefined && filled > 0) yield buffer.subarray(0, filled);
}
