import type { Bytes } from '@lading/bytes';
import { type Descriptor, verified } from '@lading/oci';
import type { Ingest } from '@lading/store';
import { closed, promised, type Slot } from './slot.ts';

/** Of a blob that goes into the tar as it comes. */
export class PassedSlot implements Slot {
  readonly descriptor: Descriptor;
  readonly #turn = promised<void>();
  readonly #done = promised<void>();
  /** What comes next; undefined: nothing. */
  #next = promised<Stretch | undefined>();
  #stretch: Stretch | undefined;
  #closed: unknown;

  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  async begin(): Promise<Ingest> {
    // Some of it may be in the tar already, and cannot be taken out again.
    if (this.#stretch !== undefined) throw closed();
    await this.#turn.promise;
    return new PassedIngest(this);
  }

  /** Brings the next bytes; resolves when all of them were taken. What the bytes throw is the bringer's, and the tar waits for more. */
  async bring(bytes: Bytes): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    this.#stretch = { bytes, taken: promised() };
    this.#next.resolve(this.#stretch);
    await this.#stretch.taken.promise;
  }

  /** All was brought; resolves when the tar has gone on. */
  end(): Promise<void> {
    this.#next.resolve(undefined);
    return this.#done.promise;
  }

  async take(): Promise<Bytes> {
    this.#turn.resolve();
    return verified(this.#brought(), this.descriptor);
  }

  async *#brought(): Bytes {
    for (;;) {
      const stretch = await this.#next.promise;
      if (stretch === undefined) return;
      this.#next = promised();
      let end: () => void = () => stretch.taken.reject(closed());
      try {
        for await (const chunk of stretch.bytes) yield chunk;
        end = stretch.taken.resolve;
      } catch (error) {
        end = () => stretch.taken.reject(error);
      } finally {
        end();
      }
    }
  }

  leave(): void {
    this.#done.resolve();
  }

  close(reason: unknown): void {
    this.#closed = reason;
    for (const each of [this.#turn, this.#next, this.#done, this.#stretch?.taken]) each?.reject(reason);
  }
}

interface Stretch {
  readonly bytes: Bytes;
  readonly taken: PromiseWithResolvers<void>;
}

class PassedIngest implements Ingest {
  offset = 0;
  readonly #slot: PassedSlot;

  constructor(slot: PassedSlot) {
    this.#slot = slot;
  }

  get id(): string {
    return this.#slot.descriptor.digest;
  }

  async append(bytes: Bytes): Promise<void> {
    await this.#slot.bring(this.#counted(bytes));
  }

  async *#counted(bytes: Bytes): Bytes {
    for await (const chunk of bytes) {
      yield chunk;
      this.offset += chunk.length;
    }
  }

  async commit(): Promise<Descriptor> {
    await this.#slot.end();
    return this.#slot.descriptor;
  }

  async abort(): Promise<void> {}

  async suspend(): Promise<void> {}
}
