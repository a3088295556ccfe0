import type { Bytes, Io } from '@lading/bytes';
import { writeTar } from '@lading/tar';
import type { IdMapping } from './engine/engine.ts';
import { removeAsRoot, scanAsRoot, unpackAsRoot } from './internal/as-mapped-root.ts';

// Folders outside of any layer whose files belong to the users of containers, such as those of cache mounts. Without root the
// ids are subordinate ones, so that this process cannot look into such a folder, or remove it, by itself.

/** Fills an existing folder from a tar: owners and modes as it says. Throws TAR_INVALID, TAR_UNSAFE. */
export async function fillFolder(folder: string, tar: Bytes, mapping: IdMapping, io: Io = {}): Promise<void> {
  await unpackAsRoot(tar, folder, [], mapping, io);
}

/** Everything in a folder as a tar, in byte order. Throws UNPACK_FAILED. */
export function readFolder(folder: string, mapping: IdMapping, io: Io = {}): Bytes {
  return writeTar(scanAsRoot(folder, mapping, Number.MAX_SAFE_INTEGER, io), io);
}

/** Removes a folder with all that is in it. An absent one is fine. */
export async function removeFolder(folder: string, mapping: IdMapping): Promise<void> {
  await removeAsRoot(folder, mapping);
}
