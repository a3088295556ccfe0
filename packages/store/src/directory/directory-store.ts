import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '@lading/oci';
import type { BlobInfo, ContentStore } from '../content-store.ts';
import type { CollectOptions } from './collect-blobs.ts';
import { ContentFolders } from './content-folders.ts';
import type { Damage } from './damage.ts';
import { DirectoryContent } from './directory-content.ts';
import type { IngestInfo } from './list-ingests.ts';
import { prepareStore } from './store-format.ts';
import type { VerifyOptions } from './verify-blobs.ts';

/**
 * Content in a folder that several processes may use at once:
 *
 * - `blobs/<algorithm>/<hex>`: whole, durable, read-only files;
 * - `ingests/`: writes on their way, `claims/`: whose they are;
 * - `leases/`: what is protected from collection;
 * - `swept/`, `sweep.lock`: there while a collection runs;
 * - `damaged/`: what `verify` put in quarantine;
 * - `format`: the version of all this.
 */
export interface DirectoryStore extends ContentStore {
  /** Absolute. */
  readonly root: string;
  localPath(digest: Digest): string;
  /** Digests that are leased now, each once. Leases that expired are removed. */
  leases(): AsyncIterable<Digest>;
  /**
   * Removes those of the candidates that were committed long enough ago and are not leased, and tells which those were, after they are gone.
   * Safe beside any number of processes that commit, lease and collect. Once `lease()` resolved, content that `stat` shows stays.
   */
  collect(candidates: Iterable<Digest> | AsyncIterable<Digest>, options: CollectOptions): AsyncIterable<BlobInfo>;
  /** Reads and hashes what the store holds, or the given digests, and names what is damaged. Safe beside everything else. */
  verify(options?: VerifyOptions): AsyncIterable<Damage>;
  /** Writes that are under way, or were left. What waits in memory is not among them. */
  ingests(): AsyncIterable<IngestInfo>;
  /**
   * Removes writes that nobody has written to for so long. The number of those removed. A write whose digest was known beforehand stays
   * while the process that has it lives.
   */
  collectIngests(olderThanMs: number): Promise<number>;
}

/** Opens the store in a folder, making one of an empty or absent folder. Nothing has to be closed. Throws STORE_FORMAT. */
export async function openDirectoryStore(path: string): Promise<DirectoryStore> {
  await prepareStore(path);
  const root = await realpath(path);
  const folders = new ContentFolders(join(root, 'blobs'), root);
  await Promise.all(
    [folders.blobs, folders.ingests, folders.leases].map((folder) => mkdir(folder, { recursive: true })),
  );
  return Object.assign(new DirectoryContent(folders), { root });
}
