import type { Descriptor, Digest } from '@lading/oci';

/** Manifests of late, by digest, so that a tag after a push or a pull after a look needs no second transfer. Bounded by bytes. */
export class ManifestCache {
  readonly #maxBytes: number;
  readonly #held = new Map<Digest, { readonly descriptor: Descriptor; readonly bytes: Buffer }>();
  #bytes = 0;

  constructor(maxBytes: number = 8 << 20) {
    this.#maxBytes = maxBytes;
  }

  get(digest: Digest): { readonly descriptor: Descriptor; readonly bytes: Buffer } | undefined {
    return this.#held.get(digest);
  }

  set(found: { readonly descriptor: Descriptor; readonly bytes: Buffer }): void {
    this.delete(found.descriptor.digest);
    this.#held.set(found.descriptor.digest, found);
    this.#bytes += found.bytes.length;
    // A Map keeps the order of insertion: the first is the oldest.
    for (const digest of this.#held.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(digest);
    }
  }

  delete(digest: Digest): void {
    const held = this.#held.get(digest);
    if (held === undefined) return;
    this.#held.delete(digest);
    this.#bytes -= held.bytes.length;
  }
}
