import type { Bytes, Io } from '@lading/bytes';
import { isLadingError, throwIfAborted } from '@lading/errors';
import type { Descriptor } from '@lading/oci';
import type { Ingest } from '../content-store.ts';
import { IngestCalls } from '../internal/ingest-calls.ts';
import type { BlobWrite } from './blob-write.ts';

/** A write in somebody's hands: one call at a time, and none after its end. */
export class S3Ingest implements Ingest {
  readonly write: BlobWrite;
  readonly #calls: IngestCalls;
  readonly #onEnd: (ingest: S3Ingest) => void;
  #suspending = false;
  /** There is nothing left to go on with. */
  #ended = false;

  constructor(write: BlobWrite, onEnd: (ingest: S3Ingest) => void) {
    this.write = write;
    this.#calls = new IngestCalls(write.id);
    this.#onEnd = onEnd;
  }

  get id(): string {
    return this.write.id;
  }

  get offset(): number {
    return this.write.offset;
  }

  get busy(): boolean {
    return this.#calls.busy;
  }

  async append(bytes: Bytes, io: Io = {}): Promise<void> {
    await this.#run(async () => {
      throwIfAborted(io.signal);
      await this.write.append(bytes, io);
    });
  }

  async commit(expected: Partial<Descriptor> = {}, io: Io = {}): Promise<Descriptor> {
    return this.#run(async () => {
      throwIfAborted(io.signal);
      try {
        const descriptor = await this.write.commit(expected, io);
        this.#end();
        return descriptor;
      } catch (error) {
        if (isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) this.#end();
        throw error;
      }
    });
  }

  async abort(): Promise<void> {
    this.#onEnd(this);
    if (this.#calls.end()) await this.write.abort();
  }

  async suspend(): Promise<void> {
    if (!this.leave()) return;
    this.#suspending = true;
    if (!this.busy) await this.write.suspend();
  }

  /** Another object goes on with the write: this one is closed. */
  leave(): boolean {
    this.#onEnd(this);
    return this.#calls.leave();
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#calls.run(async () => {
      try {
        return await work();
      } finally {
        // Suspended meanwhile: this call was the last. What cannot be written down is found as what a crash leaves is.
        if (this.#suspending && !this.#ended) await this.write.suspend().catch(() => {});
      }
    });
  }

  #end(): void {
    this.#ended = true;
    this.#onEnd(this);
    this.#calls.end();
  }
}
