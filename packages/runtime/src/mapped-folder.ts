import type { Bytes, Io } from '@lading/bytes';
import { writeTar } from '@lading/tar';
import { removeAsRoot, scanAsRoot, unpackAsRoot } from './internal/as-mapped-root.ts';
import { assertCanRun, type Machine } from './machine.ts';

// Folders outside of any layer whose files belong to the users of containers, such as those of cache mounts. Without root the
// ids are subordinate ones, so that this process cannot look into such a folder, or remove it, by itself.

/** Fills an existing folder from a tar: owners and modes as it says. Throws TAR_INVALID, TAR_UNSAFE, RUNTIME_UNAVAILABLE. */
export async function fillFolder(folder: string, tar: Bytes, machine: Machine, io: Io = {}): Promise<void> {
  assertCanRun(machine);
  await unpackAsRoot(tar, folder, [], machine.mapping, io);
}

/** Everything in a folder as a tar, in byte order. Throws RUNTIME_UNAVAILABLE, UNPACK_FAILED. */
export async function* readFolder(
  folder: string,
  machine: Machine,
  io: Io = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  assertCanRun(machine);
  yield* writeTar(scanAsRoot(folder, machine.mapping, Number.MAX_SAFE_INTEGER, io), io);
}

/** Removes a folder with all that is in it. An absent one is fine. */
export async function removeFolder(folder: string, machine: Machine): Promise<void> {
  await removeAsRoot(folder, machine.mapping ?? 'none');
}
