import type { Bytes } from './bytes.ts';
import { everyBytes } from './internal/chunk-cutter.ts';
import { type CompressOptions, checkOptions, compressBlocks } from './internal/compress.ts';
import { withSignal } from './with-signal.ts';

const FRAME_BYTES = 4 * 1024 * 1024;
const DEFAULT_LEVEL = 3;

/**
 * Zstandard (RFC 8878), level 1–19, 3 unless told: an independent frame with a checksum for every 4 MiB, so that frames are
 * compressed in parallel and can be decompressed alone. The output depends on the bytes, the level and the version of the
 * zstd library inside Node, not on the number of threads or how the input was chunked.
 *
 * Errors: USAGE for settings that do not exist, INTERRUPTED.
 */
export function zstd(bytes: Bytes, options: CompressOptions = {}): Bytes {
  checkOptions(options, 'zstd', 1, 19);
  return withSignal(frames(withSignal(bytes, options.signal), options), options.signal);
}

async function* frames(bytes: Bytes, options: CompressOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const codec = { format: 'zstd', level: options.level ?? DEFAULT_LEVEL, seekable: false } as const;
  for await (const { output } of compressBlocks(bytes, codec, everyBytes(FRAME_BYTES), options.threads)) yield output;
}
