import { setTimeout as sleep } from 'node:timers/promises';
import type { Bytes } from '@lading/bytes';
import { interrupted } from '@lading/errors';
import type { Repository } from '@lading/store';

/** A limit that all streams through it share. */
export interface Bandwidth {
  through(bytes: Bytes, signal?: AbortSignal): Bytes;
}

/** So much may come at once after a pause, in seconds of the limit. */
const burstSeconds = 0.25;

/** A token bucket: a chunk goes through at once while there are tokens, which it may overdraw, and the next one waits for that. */
export function createBandwidth(bytesPerSecond: number): Bandwidth {
  let tokens = bytesPerSecond * burstSeconds;
  let countedAt = performance.now();
  const wait = async (signal?: AbortSignal): Promise<void> => {
    for (;;) {
      const now = performance.now();
      tokens = Math.min(bytesPerSecond * burstSeconds, tokens + ((now - countedAt) / 1000) * bytesPerSecond);
      countedAt = now;
      if (tokens > 0) return;
      const ms = Math.max(1, (-tokens / bytesPerSecond) * 1000);
      await sleep(ms, undefined, { signal }).catch(() => {});
      if (signal?.aborted) throw interrupted(signal);
    }
  };
  return {
    async *through(bytes, signal) {
      for await (const chunk of bytes) {
        await wait(signal);
        tokens -= chunk.length;
        yield chunk;
      }
    },
  };
}

/** A repository whose contents are read no faster. */
export function limited(repository: Repository, bandwidth: Bandwidth | undefined): Repository {
  if (bandwidth === undefined) return repository;
  const { content } = repository;
  return {
    ...repository,
    content: {
      stat: (target, io) => content.stat(target, io),
      open: async (target, io) => bandwidth.through(await content.open(target, io), io?.signal),
      begin: (options) => content.begin(options),
      delete: (digest, io) => content.delete(digest, io),
      list: (io) => content.list(io),
      lease: (digests, ttlMs) => content.lease(digests, ttlMs),
    },
  };
}
