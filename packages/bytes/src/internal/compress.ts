import { LadingError } from '@lading/errors';
import type { Bytes, Io } from '../bytes.ts';
import { blocksOf } from './blocks.ts';
import type { Cutter } from './chunk-cutter.ts';
import { type Codec, compressBlock, type PackedBlock } from './compress-block.ts';
import { mapInOrder } from './map-in-order.ts';
import { compressOnPool, POOL_THREADS, startedWorkers } from './worker-pool.ts';

export interface CompressOptions extends Io {
  /** How hard to try; part of what determines the output. */
  readonly level?: number | undefined;
  /** How many threads of the shared pool to use at most; all unless told. Does not change the output. */
  readonly threads?: number | undefined;
}

/** Starting a worker takes as long as compressing so many blocks: small layers do without. */
const BLOCKS_WITHOUT_POOL = 3;

/** The blocks of `bytes`, compressed in parallel, in order; the first ones here, unless the pool has been started. */
export async function* compressBlocks(
  bytes: Bytes,
  codec: Codec,
  cutter: Cutter,
  threads: number = POOL_THREADS,
): AsyncGenerator<PackedBlock, void, undefined> {
  const spare: Uint8Array<ArrayBuffer>[] = [];
  let before = 0;
  yield* mapInOrder(blocksOf(bytes, cutter, spare), Math.min(threads, POOL_THREADS), async (block) => {
    before += 1;
    if ((block.last && before === 1) || (before <= BLOCKS_WITHOUT_POOL && startedWorkers() === 0)) {
      const packed = compressBlock(codec, block);
      spare.push(block.memory);
      return packed;
    }
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
