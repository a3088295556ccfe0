import type { Bytes } from './bytes.ts';
import { type CompressOptions, checkOptions } from './internal/compress.ts';
import { type Block, compressBlock, HISTORY_BYTES, type Piece } from './internal/compress-block.ts';
import { mapInOrder } from './internal/map-in-order.ts';
import { compressOnPool, POOL_THREADS } from './internal/worker-pool.ts';
import { withSignal } from './with-signal.ts';

const DEFAULT_LEVEL = 5;
/** As much as goes to a thread at once. Not part of the output. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * Gzip with a member of its own for each piece (RFC 1952 §2.2), so that reading can begin at each: one output for one piece, in order.
 * Level 0–9, 5 unless told. The output depends on the pieces and the level only. Members are compressed in parallel.
 *
 * Errors: USAGE for settings that do not exist, INTERRUPTED.
 */
export function gzipMembers(pieces: Bytes, options: CompressOptions = {}): Bytes {
  checkOptions(options, 'gzip', 0, 9);
  return withSignal(members(withSignal(pieces, options.signal), options), options.signal);
}

async function* members(pieces: Bytes, options: CompressOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { level = DEFAULT_LEVEL, threads = POOL_THREADS } = options;
  const codec = { format: 'member', level, seekable: false } as const;
  const packed = mapInOrder(blocksOf(pieces), Math.min(threads, POOL_THREADS), async (block) =>
    block.last ? compressBlock(codec, block) : compressOnPool({ codec, block }),
  );
  for await (const { output, lengths } of packed) {
    let at = 0;
    for (const length of lengths) {
      yield output.subarray(at, at + length);
      at += length;
    }
  }
}

/** The pieces, several small ones at a time. A piece is the reader's until it asks for the next one, so it is copied. */
async function* blocksOf(pieces: Bytes): AsyncGenerator<Block, void, undefined> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    if (bytes > 0 && bytes + piece.byteLength > BLOCK_BYTES) {
      yield blockOf(waiting, bytes, false);
      [waiting, bytes] = [[], 0];
    }
    waiting.push(new Uint8Array(piece));
    bytes += piece.byteLength;
  }
  if (waiting.length > 0) yield blockOf(waiting, bytes, true);
}

function blockOf(parts: readonly Uint8Array[], bytes: number, last: boolean): Block {
  const memory = new Uint8Array(HISTORY_BYTES + bytes);
  const pieces: Piece[] = [];
  let end = HISTORY_BYTES;
  for (const part of parts) {
    memory.set(part, end);
    end += part.byteLength;
    pieces.push({ end, historyBytes: 0 });
  }
  return { memory, pieces, last };
}
