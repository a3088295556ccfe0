import { type Bytes, collect } from '@lading/bytes';
import { type Descriptor, verified } from '@lading/oci';
import type { Ingest } from '@lading/store';
import { promised, type Slot } from './slot.ts';

/** Of a few bytes, which wait in memory for their turn. */
export class HeldSlot implements Slot {
  readonly descriptor: Descriptor;
  readonly #whole = promised<Uint8Array>();
  readonly #done = promised<void>();

  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  async begin(): Promise<Ingest> {
    return new HeldIngest(this);
  }

  /** Resolves when the tar has them. */
  bring(whole: Uint8Array): Promise<void> {
    this.#whole.resolve(whole);
    return this.#done.promise;
  }

  take(): Promise<Uint8Array> {
    return this.#whole.promise;
  }

  leave(): void {
    this.#done.resolve();
  }

  close(reason: unknown): void {
    this.#whole.reject(reason);
    this.#done.reject(reason);
  }
}

class HeldIngest implements Ingest {
  readonly #slot: HeldSlot;
  #held: Buffer | undefined;

  constructor(slot: HeldSlot) {
    this.#slot = slot;
  }

  get id(): string {
    return this.#slot.descriptor.digest;
  }

  get offset(): number {
    return this.#held?.length ?? 0;
  }

  /** All or nothing, and verified. */
  async append(bytes: Bytes): Promise<void> {
    const { descriptor } = this.#slot;
    this.#held = await collect(verified(bytes, descriptor), { maxBytes: descriptor.size, what: descriptor.digest });
  }

  async commit(): Promise<Descriptor> {
    await this.#slot.bring(this.#held ?? Buffer.alloc(0));
    return this.#slot.descriptor;
  }

  async abort(): Promise<void> {
    this.#held = undefined;
  }

  async suspend(): Promise<void> {
    await this.abort();
  }
}
