import { crc32 } from 'node:zlib';
import type { Bytes } from './bytes.ts';
import { type CompressOptions, checkOptions, compressBlocks } from './internal/compress.ts';
import { tap } from './tap.ts';
import { withSignal } from './with-signal.ts';

// Block size and header are part of the output: changing any of them changes the digest of every layer that is built.
const BLOCK_BYTES = 1024 * 1024;
const DEFAULT_LEVEL = 5;
// RFC 1952 §2.3: deflate, no flags and so no name, no time, no statement about level (XFL 0) or system (OS 255).
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * Gzip of the bytes as one member (RFC 1952), level 0–9, 5 unless told. The output depends on the bytes and the level only:
 * not on the time, the machine, the number of threads or how the input was chunked. Blocks of 1 MiB are compressed in
 * parallel, each with the end of the one before as its dictionary, so little is lost against one thread.
 *
 * Errors: USAGE for settings that do not exist, INTERRUPTED.
 */
export function gzip(bytes: Bytes, options: CompressOptions = {}): Bytes {
  checkOptions(options, 'gzip', 0, 9);
  // The signal guards both ends: a source that waits, and a reader that waits for work under way.
  return withSignal(member(withSignal(bytes, options.signal), options), options.signal);
}

async function* member(bytes: Bytes, options: CompressOptions): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0;
  let size = 0;
  const input = tap(bytes, (chunk) => {
    checksum = crc32(chunk, checksum);
    size += chunk.byteLength;
  });
  const codec = { format: 'gzip', level: options.level ?? DEFAULT_LEVEL } as const;
  yield HEADER.slice();
  yield* compressBlocks(input, codec, BLOCK_BYTES, options.threads);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}
