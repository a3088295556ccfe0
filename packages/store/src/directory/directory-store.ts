import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '@lading/oci';
import type { ContentStore } from '../content-store.ts';
import { syncFolder } from '../internal/sync-folder.ts';
import { DirectoryContent } from './directory-content.ts';
import { prepareStore } from './store-format.ts';

/**
 * Content in a folder that several processes may use at once:
 *
 * - `blobs/<algorithm>/<hex>`: whole, durable, read-only files;
 * - `ingest/<id>/`: writes on their way;
 * - `leases/`: what is protected from collection;
 * - `format`: the version of all this.
 */
export interface DirectoryStore extends ContentStore {
  /** Absolute. */
  readonly root: string;
  localPath(digest: Digest): string;
  /** Digests that are leased now, each once. Leases that expired are removed. */
  leases(): AsyncIterable<Digest>;
  /** Removes writes that nobody has written to for so long. The number of those removed. */
  collectIngests(olderThanMs: number): Promise<number>;
}

/** Opens the store in a folder, making one of an empty or absent folder. Nothing has to be closed. Throws STORE_FORMAT. */
export async function openDirectoryStore(path: string): Promise<DirectoryStore> {
  await prepareStore(path);
  const root = await realpath(path);
  const folders = { blobs: join(root, 'blobs'), ingests: join(root, 'ingest'), leases: join(root, 'leases') };
  const made = await Promise.all(Object.values(folders).map((folder) => mkdir(folder, { recursive: true })));
  if (made.some((folder) => folder !== undefined)) await syncFolder(root);
  return Object.assign(new DirectoryContent(folders), { root });
}
