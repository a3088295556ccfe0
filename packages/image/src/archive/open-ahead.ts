import { type Bytes, collect, fromBuffer, type Io } from '@lading/bytes';
import type { LayoutBlob } from './layout-plan.ts';

/** Blobs up to this size are read before their turn: a tar is written one after another, and each request takes its time. */
const smallBytes = 256 << 10;
const window = 16;

/** The blobs with their bytes, in order; the small ones among the next few are already on their way. Holds no more than 4 MiB of them. */
export async function* openAhead(
  blobs: readonly LayoutBlob[],
  io: Io = {},
): AsyncGenerator<{ readonly blob: LayoutBlob; readonly bytes: Bytes }, void, undefined> {
  const early = new Map<LayoutBlob, Promise<Uint8Array>>();
  let next = 0;
  try {
    for (const [at, blob] of blobs.entries()) {
      for (; next < Math.min(blobs.length, at + window); next++) {
        const ahead = blobs[next]!;
        if (ahead.descriptor.size > smallBytes) continue;
        const whole = readWhole(ahead, io);
        // Its failure is told when it is its turn.
        whole.catch(() => {});
        early.set(ahead, whole);
      }
      const whole = early.get(blob);
      early.delete(blob);
      yield { blob, bytes: whole === undefined ? await blob.open(io) : fromBuffer(await whole) };
    }
  } finally {
    await Promise.allSettled(early.values());
  }
}

async function readWhole(blob: LayoutBlob, io: Io): Promise<Uint8Array> {
  return collect(await blob.open(io), { maxBytes: smallBytes, what: blob.descriptor.digest, signal: io.signal });
}
