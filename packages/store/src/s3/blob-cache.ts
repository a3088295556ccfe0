import type { Digest } from '@lading/oci';
import type { BlobEntry } from './blob-entry.ts';

/** Where blobs lie, as last seen. Content never changes under its digest, so what is wrong here is found by reading: the object is absent. */
export class BlobCache {
  readonly #entries = new Map<Digest, BlobEntry>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(digest: Digest): BlobEntry | undefined {
    return this.#entries.get(digest);
  }

  set(digest: Digest, entry: BlobEntry): void {
    // What was set again counts as new; the oldest go first.
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
    if (this.#entries.size <= this.#max) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(digest: Digest): void {
    this.#entries.delete(digest);
  }
}
