import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect, type Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import type { Bucket } from './bucket.ts';

const key = 'sweep';
/** What a sweep does takes a fraction of it; a mark of this age was left behind by a process that is gone. */
const staleMs = 60_000;

/**
 * Keeps what takes content away apart from what relies on its being there, across processes and machines.
 *
 * Who relies on content (a lease, a commit of what is there already) writes first, then waits until there is no mark of a sweep, and then
 * looks whether the content is there; a sweep writes its mark first and then looks for leases and ages. The service answers every read with
 * what was written last, so one of the two sees the other.
 */
export class SweepGate {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Resolves when no sweep runs that was there before this call. */
  async settle(io: Io = {}): Promise<void> {
    for (let turn = 0; ; turn++) {
      throwIfAborted(io.signal);
      const since = await this.#since(io);
      if (since === undefined || Date.now() - since > staleMs) return;
      await pause(turn);
    }
  }

  /** Runs `work` as the only sweep of the store. It has to end in a fraction of a minute. */
  async run<T>(work: () => Promise<T>, io: Io = {}): Promise<T> {
    const body = Buffer.from(JSON.stringify({ since: Date.now(), id: randomUUID() }));
    let etag = await this.#bucket.put(key, body, { over: null, signal: io.signal });
    for (let turn = 0; etag === undefined; turn++) {
      throwIfAborted(io.signal);
      const info = await this.#bucket.head(key, io);
      if (info !== undefined && Date.now() - info.modifiedAt.getTime() < staleMs) await pause(turn);
      else etag = await this.#bucket.put(key, body, { over: info?.etag ?? null, signal: io.signal });
    }
    try {
      return await work();
    } finally {
      await this.#bucket.deleteVersion(key, etag);
    }
  }

  async #since(io: Io): Promise<number | undefined> {
    const found = await this.#bucket.get(key, io);
    if (found === undefined) return undefined;
    const text = await collect(found.body, { maxBytes: 1000, what: 'the mark of a sweep' });
    return Number(JSON.parse(text.toString()).since);
  }
}

async function pause(turn: number): Promise<void> {
  await sleep(Math.min(20 * 2 ** turn, 500));
}
