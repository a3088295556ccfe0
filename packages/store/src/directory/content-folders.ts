import { join } from 'node:path';
import { algorithmOf, type Digest, hexOf } from '@lading/oci';
import { makeFolder } from '../internal/make-folder.ts';

/** Where the parts of a store in files lie. */
export class ContentFolders {
  /** Holds `<algorithm>/<hex>`. */
  readonly blobs: string;
  /** Writes on their way. */
  readonly ingests: string;
  /** Whose those writes are that others may go on with. */
  readonly claims: string;
  /** What is protected from collection. */
  readonly leases: string;
  /** What a sweep has moved out of the way and not yet removed. */
  readonly swept: string;
  /** Held while a sweep runs. */
  readonly sweepLock: string;
  /** What was found to be damaged. */
  readonly damaged: string;
  /** Called when something in `work` ended. */
  readonly tidy: () => Promise<void>;
  /** Folders of blobs that are durable by name, or about to be. */
  readonly #durable = new Map<string, Promise<void>>();

  constructor(blobs: string, work: string, tidy: () => Promise<void> = async () => {}) {
    this.blobs = blobs;
    this.ingests = join(work, 'ingests');
    this.claims = join(work, 'claims');
    this.leases = join(work, 'leases');
    this.swept = join(work, 'swept');
    this.sweepLock = join(work, 'sweep.lock');
    this.damaged = join(work, 'damaged');
    this.tidy = tidy;
  }

  blob(digest: Digest): string {
    return join(this.blobs, algorithmOf(digest), hexOf(digest));
  }

  damagedBlob(digest: Digest): string {
    return join(this.damaged, `${algorithmOf(digest)}.${hexOf(digest)}`);
  }

  /** Makes the folder that a blob goes into durable by name; after the first time this is known. */
  async makeBlobFolder(digest: Digest): Promise<void> {
    const folder = join(this.blobs, algorithmOf(digest));
    const made = this.#durable.get(folder) ?? makeFolder(folder);
    this.#durable.set(folder, made);
    try {
      await made;
    } catch (error) {
      this.#durable.delete(folder);
      throw error;
    }
  }
}
