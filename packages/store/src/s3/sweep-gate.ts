import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect, type Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import type { Bucket, ObjectInfo } from './bucket.ts';

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

  /** Resolves when no sweep runs that began before this call; a later one sees what the caller wrote. */
  async settle(io: Io = {}): Promise<void> {
    let first: string | undefined;
    for (let turn = 0; ; turn++) {
      throwIfAborted(io.signal);
      const mark = await this.#bucket.head(key, io);
      first ??= mark?.etag;
      if (mark === undefined || isStale(mark) || mark.etag !== first) return;
      await pause(turn);
    }
  }

  /** Runs `work` as the only sweep of the store. It has to end in a fraction of a minute. */
  async run<T>(work: () => Promise<T>, io: Io = {}): Promise<T> {
    const body = Buffer.from(randomUUID());
    let etag = await this.#bucket.put(key, body, { over: null, signal: io.signal });
    for (let turn = 0; etag === undefined; turn++) {
      throwIfAborted(io.signal);
      const found = await this.#bucket.get(key, io);
      const mark = found?.info;
      const text = found && (await collect(found.body, { maxBytes: 1000, what: 'the mark of a sweep' }));
      // A request that was repeated, because its first answer was lost, finds its own mark.
      if (text?.equals(body)) etag = mark?.etag;
      else if (mark !== undefined && !isStale(mark)) await pause(turn);
      else etag = await this.#bucket.put(key, body, { over: mark?.etag ?? null, signal: io.signal });
    }
    try {
      return await work();
    } finally {
      await this.#bucket.deleteVersion(key, etag);
    }
  }
}

function isStale({ modifiedAt }: ObjectInfo): boolean {
  return Date.now() - modifiedAt.getTime() > staleMs;
}

async function pause(turn: number): Promise<void> {
  await sleep(Math.min(20 * 2 ** turn, 500));
}
