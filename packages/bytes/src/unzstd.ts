import { createZstdDecompress } from 'node:zlib';
import type { Bytes, Io } from './bytes.ts';
import { runDecoder } from './internal/run-decoder.ts';
import { zstdFrames } from './internal/zstd-frames.ts';
import { withSignal } from './with-signal.ts';

/**
 * The content of zstd data, all frames of it; skippable frames are passed over.
 * Says nothing about how much comes out: `limit()` it where that matters.
 *
 * Errors: BYTES_CORRUPT when damaged, cut off, empty, followed by something else, or when it needs a window of more than
 * 128 MiB; INTERRUPTED.
 */
export function unzstd(bytes: Bytes, io: Io = {}): Bytes {
  return withSignal(frames(withSignal(bytes, io.signal)), io.signal);
}

async function* frames(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  yield* runDecoder(zstdFrames(bytes), createZstdDecompress({ chunkSize: 1 << 20 }), 'zstd');
}
