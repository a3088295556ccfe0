import { Readable } from 'node:stream';
import type { Bytes } from './bytes.ts';
import { CHUNK_BYTES } from './chunk-size.ts';

/**
 * A node stream of the bytes, for libraries that want one. Chunks are copied: streams queue them beyond the time for which
 * the reader owns them. Destroying the stream releases the source.
 */
export function toReadable(bytes: Bytes): Readable {
  return Readable.from(copies(bytes), { objectMode: false, highWaterMark: CHUNK_BYTES });
}

async function* copies(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes) if (chunk.byteLength > 0) yield Buffer.from(chunk);
}
