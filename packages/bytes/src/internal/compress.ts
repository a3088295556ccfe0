import { LadingError } from '@lading/errors';
import type { Bytes, Io } from '../bytes.ts';
import { blocksOf } from './blocks.ts';
import type { Cutter } from './chunk-cutter.ts';
import { type Codec, compressBlock, type PackedBlock } from './compress-block.ts';
import { mapInOrder } from './map-in-order.ts';
import { compressOnPool, POOL_THREADS } from './worker-pool.ts';

export interface CompressOptions extends Io {
  /** How hard to try; part of what determines the output. */
  readonly level?: number | undefined;
  /** How many threads of the shared pool to use at most; all unless told. Does not change the output. */
  readonly threads?: number | undefined;
}

/** The blocks of `bytes`, compressed in parallel, in order. Input of a single block is compressed here, without the pool. */
export async function* compressBlocks(
  bytes: Bytes,
  codec: Codec,
  cutter: Cutter,
  threads: number = POOL_THREADS,
): AsyncGenerator<PackedBlock, void, undefined> {
  const spare: Uint8Array<ArrayBuffer>[] = [];
  let first = true;
  yield* mapInOrder(blocksOf(bytes, cutter, spare), Math.min(threads, POOL_THREADS), async (block) => {
    const only = block.last && first;
    first = false;
    if (only) return compressBlock(codec, block);
    const { memory, ...packed } = await compressOnPool({ codec, block });
    spare.push(memory);
    return packed;
  });
}

/** Throws USAGE unless the settings can be used. */
export function checkOptions(options: CompressOptions, format: Codec['format'], lowest: number, highest: number): void {
  const { level = lowest, threads = 1 } = options;
  if (!Number.isInteger(level) || level < lowest || level > highest) {
    throw new LadingError('USAGE', `Cannot compress with ${format} at level ${level}: there is no such level`, {
      hint: `Use a whole number from ${lowest} to ${highest}.`,
    });
  }
  if (!Number.isInteger(threads) || threads < 1) {
    throw new LadingError('USAGE', `Cannot compress on ${threads} threads`, { hint: 'Use a whole number from 1.' });
  }
}
