import type { Bytes } from '@lading/bytes';

/** Bytes that are equal for an equal seed and do not compress; another seed gives other bytes. */
export function sampleBytes(size: number, seed: number): Buffer {
  const data = Buffer.allocUnsafe(size);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let at = 0; at < size; at++) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[at] = state;
  }
  return data;
}

/** The data in chunks, all in one buffer that is used again: who keeps a chunk without copying it reads nonsense. */
export async function* inChunks(data: Uint8Array, chunkBytes: number): Bytes {
  const shared = Buffer.alloc(chunkBytes);
  for (let at = 0; at < data.length; at += chunkBytes) {
    const part = data.subarray(at, at + chunkBytes);
    shared.set(part);
    yield shared.subarray(0, part.length);
    shared.fill(0xee);
  }
}

export class SourceBroke extends Error {
  override readonly name = 'SourceBroke';
}

/** The data, then a failure as of a broken connection. */
export async function* thenBreaks(data: Uint8Array): Bytes {
  yield* inChunks(data, 1 << 16);
  throw new SourceBroke('the source broke off');
}
