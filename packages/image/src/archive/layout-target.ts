import { algorithmOf, type Descriptor, type Digest, hexOf } from '@lading/oci';
import { type BeginOptions, createMemoryRepository, type Ingest, type Repository } from '@lading/store';
import type { TarEntryInput } from '@lading/tar';
import { archiveMember } from './archive-member.ts';
import { HeldSlot } from './held-slot.ts';
import { PassedSlot } from './passed-slot.ts';
import { closed, type Slot } from './slot.ts';

/** Blobs up to this size are held until it is their turn, so that the next are on their way meanwhile; larger ones begin in their turn. */
const heldBytes = 256 << 10;

/**
 * A tar as the target of a copy: what arrives comes out of `members()`, one after another in the order that was told beforehand. A copy
 * has to start contents in that order, too, and then may end them in any. Content is verified on its way into the tar; what is in the tar
 * cannot be taken out again, so a write goes on from where it is, or the archive is lost. Nothing can be read back.
 */
export class LayoutTarget {
  readonly repository: Repository;
  /** What is not in the tar yet, in order. */
  readonly #missing: Map<Digest, Descriptor>;
  readonly #slots = new Map<Digest, Slot>();
  #closed: unknown;

  constructor(order: readonly Descriptor[]) {
    this.#missing = new Map(order.map((descriptor) => [descriptor.digest, descriptor]));
    const { name, content, references } = createMemoryRepository('the archive');
    this.repository = { name, references, content: { ...content, begin: (options) => this.#begin(options) } };
  }

  /** The members of the tar; waits for what is to come. */
  async *members(): AsyncGenerator<TarEntryInput, void, undefined> {
    try {
      for (const descriptor of this.#missing.values()) {
        const { digest, size } = descriptor;
        const slot = this.#slot(descriptor);
        const taken = await slot.take();
        const content = taken instanceof Uint8Array ? taken : { bytes: taken, size };
        yield archiveMember(`blobs/${algorithmOf(digest)}/${hexOf(digest)}`, content);
        this.#missing.delete(digest);
        this.#slots.delete(digest);
        slot.leave();
      }
    } finally {
      this.close(closed());
    }
  }

  /** Nothing more comes, or is taken: whoever waits gets the reason. */
  close(reason: unknown): void {
    this.#closed ??= reason;
    for (const slot of this.#slots.values()) slot.close(this.#closed);
  }

  async #begin({ expected }: BeginOptions = {}): Promise<Ingest> {
    const descriptor = expected?.digest === undefined ? undefined : this.#missing.get(expected.digest);
    if (descriptor === undefined) throw closed();
    return this.#slot(descriptor).begin();
  }

  #slot(descriptor: Descriptor): Slot {
    if (this.#closed !== undefined) throw this.#closed;
    const known = this.#slots.get(descriptor.digest);
    if (known !== undefined) return known;
    const slot = descriptor.size <= heldBytes ? new HeldSlot(descriptor) : new PassedSlot(descriptor);
    this.#slots.set(descriptor.digest, slot);
    return slot;
  }
}
