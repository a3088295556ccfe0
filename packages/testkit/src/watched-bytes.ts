import type { Bytes } from '@lading/bytes';

export interface WatchedBytes {
  readonly bytes: Bytes;
  /** Chunks the reader has asked for. */
  pulled: number;
  /** True once the iteration has ended: complete, failed or returned early. */
  released: boolean;
}

/**
 * Bytes that tell how they were used. Each chunk is overwritten when the next is asked for, as sources with pooled buffers do,
 * so a reader that keeps one without copying is found out. `after` runs when the chunks are used up, and may throw or hang.
 */
export function watchedBytes(chunks: Iterable<Uint8Array>, after?: () => Promise<void>): WatchedBytes {
  const watched: WatchedBytes = { bytes: read(), pulled: 0, released: false };
  return watched;

  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (const chunk of chunks) {
        watched.pulled += 1;
        const lent = Buffer.from(chunk);
        yield lent;
        lent.fill(0xdd);
      }
      await after?.();
    } finally {
      watched.released = true;
    }
  }
}
