import { randomUUID } from 'node:crypto';
import type { Io } from '@lading/bytes';
import { ingestClosed } from '../internal/failures.ts';
import { processMark } from '../internal/process-mark.ts';
import type { Bucket, PutOutcome } from './bucket.ts';
import { type IngestState, readState, stateKey } from './ingest-state.ts';

/** What one writer wrote down of its ingest, each time over its own last version: so nobody else was there in between. */
export class IngestRecord {
  readonly #bucket: Bucket;
  readonly #id: string;
  #etag: string | undefined;

  constructor(bucket: Bucket, id: string, etag?: string) {
    this.#bucket = bucket;
    this.#id = id;
    this.#etag = etag;
  }

  /** Of what was written down last; `undefined` when nothing was. */
  get etag(): string | undefined {
    return this.#etag;
  }

  /** Throws INGEST_CLOSED when another writer was there. */
  async save(change: Omit<IngestState, 'stamp' | 'writer'>, io: Io): Promise<void> {
    const state: IngestState = { stamp: randomUUID(), writer: processMark(), ...change };
    const body = Buffer.from(JSON.stringify(state));
    const put = (): Promise<PutOutcome> =>
      this.#bucket.put(stateKey(this.#id), body, { over: this.#etag ?? null, signal: io.signal });
    let etag = await put();
    while (etag === undefined) {
      const found = await readState(this.#bucket, this.#id, io);
      // A request that was repeated, because its first answer was lost, finds what it wrote itself.
      if (found?.state.stamp === state.stamp) etag = found.etag;
      // Another one was under way at the same time, and came to nothing.
      else if (found !== undefined && found.etag === this.#etag) etag = await put();
      else throw ingestClosed(this.#id, 'it was continued or ended elsewhere');
    }
    this.#etag = etag;
  }
}
