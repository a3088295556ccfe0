import { type Bytes, collect, fromBuffer, type Io } from '@lading/bytes';
import { type Descriptor, sized } from '@lading/oci';
import type { Ingest } from '@lading/store';
import type { Slot } from './slot.ts';

/** Bytes that go into a tar as they come. */
export class PassedIngest implements Ingest {
  offset = 0;
  readonly #slot: Slot;

  constructor(slot: Slot) {
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

/** A few bytes that wait in memory for their turn. */
export class HeldIngest implements Ingest {
  readonly #slot: Slot;
  #held: Uint8Array | undefined;

  constructor(slot: Slot) {
    this.#slot = slot;
  }

  get id(): string {
    return this.#slot.descriptor.digest;
  }

  get offset(): number {
    return this.#held?.length ?? 0;
  }

  /** All or nothing. */
  async append(bytes: Bytes, { signal }: Io = {}): Promise<void> {
    const { digest, size } = this.#slot.descriptor;
    this.#held = await collect(sized(bytes, { digest, size }), { maxBytes: size, what: digest, signal });
  }

  async commit(): Promise<Descriptor> {
    await this.#slot.turn();
    await this.#slot.bring(fromBuffer(this.#held ?? Buffer.alloc(0)));
    await this.#slot.end();
    return this.#slot.descriptor;
  }

  async abort(): Promise<void> {
    this.#held = undefined;
  }

  async suspend(): Promise<void> {
    await this.abort();
  }
}
