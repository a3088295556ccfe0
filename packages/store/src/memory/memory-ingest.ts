import type { Bytes, Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { type Descriptor, type Digest, digestOf } from '@lading/oci';
import type { ExpectedContent, Ingest } from '../content-store.ts';
import { expectedAlgorithm } from '../internal/expected-algorithm.ts';
import { checkedDescriptor, ingestBusy, ingestClosed } from '../internal/failures.ts';

export interface MemoryBlob {
  readonly data: Buffer;
  readonly createdAt: Date;
}

/** A write in memory. Resuming makes a new one of the same id from the chunks so far; the earlier one is then closed. */
export class MemoryIngest implements Ingest {
  readonly id: string;
  readonly expected: ExpectedContent;
  offset = 0;
  readonly #chunks: Uint8Array[];
  readonly #blobs: Map<Digest, MemoryBlob>;
  readonly #ingests: Map<string, MemoryIngest>;
  #busy = false;
  #suspended = false;

  constructor(
    id: string,
    blobs: Map<Digest, MemoryBlob>,
    ingests: Map<string, MemoryIngest>,
    expected: ExpectedContent,
    earlier: MemoryIngest | undefined,
  ) {
    this.id = id;
    this.expected = expected;
    this.#blobs = blobs;
    this.#ingests = ingests;
    this.#chunks = earlier === undefined ? [] : [...earlier.#chunks];
    this.offset = earlier?.offset ?? 0;
  }

  async append(bytes: Bytes, io: Io = {}): Promise<void> {
    this.#check();
    throwIfAborted(io.signal);
    this.#busy = true;
    try {
      for await (const chunk of bytes) {
        if (this.#ingests.get(this.id) !== this) throw ingestClosed(this.id, 'it was aborted or resumed elsewhere');
        this.#chunks.push(Uint8Array.from(chunk));
        this.offset += chunk.length;
        throwIfAborted(io.signal);
      }
    } finally {
      this.#busy = false;
    }
  }

  async commit(expected: Partial<Descriptor> = {}, io: Io = {}): Promise<Descriptor> {
    this.#check();
    throwIfAborted(io.signal);
    const stated = { ...this.expected, ...expected };
    this.#ingests.delete(this.id);
    const data = Buffer.concat(this.#chunks);
    const digest = digestOf(data, expectedAlgorithm(stated));
    const descriptor = checkedDescriptor({ digest, size: data.length }, stated);
    this.#blobs.set(digest, { data, createdAt: new Date() });
    return descriptor;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  async suspend(): Promise<void> {
    this.#suspended = true;
  }

  async abort(): Promise<void> {
    if (!this.#suspended && this.#ingests.get(this.id) === this) this.#ingests.delete(this.id);
  }

  #check(): void {
    if (this.#suspended || this.#ingests.get(this.id) !== this)
      throw ingestClosed(this.id, 'it was committed, aborted, suspended or resumed elsewhere');
    if (this.#busy) throw ingestBusy(this.id);
  }
}
