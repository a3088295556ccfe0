import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect, type Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import type { Bucket } from './bucket.ts';

const key = 'sweep';
/** A sweep is ended after so long, and whoever saw the same mark for twice that time takes it for left behind by a process that is gone. */
const turnMs = 30_000;
const staleMs = 2 * turnMs;

/**
 * Keeps what takes content away apart from what relies on its being there, across processes and machines, whose clocks may differ.
 *
 * Who relies on content (a lease, a commit of what is there already) writes first, then waits until there is no mark of a sweep, and then
 * looks whether the content is there; a sweep writes its mark first and then looks for leases and ages. The service answers every read with
 * what was written last, so one of the two sees the other.
 *
 * A commit of new content does not look for a mark. A sweep removes it only if it saw older content of the same digest, which somebody
 * else deleted in between; and not even then where the service honours `If-Match` on DELETE.
 */
export class SweepGate {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Resolves when no sweep runs that began before this call; a later one sees what the caller wrote. */
  async settle(io: Io = {}): Promise<void> {
    const mark = await this.#bucket.head(key, io);
    if (mark !== undefined) await this.#waitFor(mark.etag, io);
  }

  /** Runs `work` as the only sweep of the store; its signal fires when it takes too long. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>, io: Io = {}): Promise<T> {
    const body = Buffer.from(randomUUID());
    let etag = await this.#bucket.put(key, body, { over: null, signal: io.signal });
    while (etag === undefined) {
      const found = await this.#bucket.get(key, io);
      const text = found && (await collect(found.body, { maxBytes: 1000, what: 'the mark of a sweep', ...io }));
      // A request that was repeated, because its first answer was lost, finds its own mark.
      if (found !== undefined && text?.equals(body)) etag = found.info.etag;
      else {
        if (found !== undefined) await this.#waitFor(found.info.etag, io);
        etag = await this.#bucket.put(key, body, { over: null, signal: io.signal });
      }
    }
    const limit = AbortSignal.timeout(turnMs);
    try {
      return await work(io.signal === undefined ? limit : AbortSignal.any([limit, io.signal]));
    } finally {
      await this.#bucket.deleteVersion(key, etag);
    }
  }

  /** Until that mark is gone. */
  async #waitFor(etag: string, io: Io): Promise<void> {
    const began = performance.now();
    for (let waitMs = 20; (await this.#bucket.head(key, io))?.etag === etag; waitMs = Math.min(waitMs * 2, 500)) {
      if (performance.now() - began > staleMs) await this.#bucket.deleteVersion(key, etag, io);
      else await sleep(waitMs, undefined, { signal: io.signal }).catch(() => throwIfAborted(io.signal));
    }
  }
}
