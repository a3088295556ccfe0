import { createGunzip } from 'node:zlib';
import type { Bytes, Io } from './bytes.ts';
import { runDecoder } from './internal/run-decoder.ts';
import { withSignal } from './with-signal.ts';

/**
 * The content of gzip data, all members of it. Zeros after the last member, which tapes leave, are passed over.
 * Says nothing about how much comes out: `limit()` it where that matters.
 *
 * Errors: BYTES_CORRUPT when damaged, cut off, empty or followed by something else; INTERRUPTED.
 */
export function gunzip(bytes: Bytes, io: Io = {}): Bytes {
  return withSignal(members(withSignal(bytes, io.signal)), io.signal);
}

async function* members(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  // With node's 16 KiB of output per turn it is four times as slow.
  yield* runDecoder(bytes, createGunzip({ chunkSize: 1 << 20 }), 'gzip');
}
