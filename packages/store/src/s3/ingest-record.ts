import { randomUUID } from 'node:crypto';
import type { Io } from '@lading/bytes';
import { ingestClosed } from '../internal/failures.ts';
import { processMark } from '../internal/process-mark.ts';
import type { Bucket } from './bucket.ts';
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
    let etag = await this.#bucket.put(stateKey(this.#id), body, { over: this.#etag ?? null, signal: io.signal });
    if (etag === undefined) {
      // A request that was repeated, because its first answer was lost, finds what it wrote itself.
      const found = await readState(this.#bucket, this.#id, io);
      if (found?.state.stamp !== state.stamp) throw ingestClosed(this.#id, 'it was continued or ended elsewhere');
      etag = found.etag;
    }
    this.#etag = etag;
  }
}
