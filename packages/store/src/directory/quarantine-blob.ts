import { mkdir, rename, stat } from 'node:fs/promises';
import type { Digest } from '@lading/oci';
import type { ContentFolders } from './content-folders.ts';
import type { SweepGate } from './sweep-gate.ts';

/** Moves a blob out of the store if it still is this file. Its new path; undefined when it was replaced or removed meanwhile. */
export async function quarantineBlob(
  folders: ContentFolders,
  gate: SweepGate,
  digest: Digest,
  inode: bigint,
): Promise<string | undefined> {
  return gate.run(async () => {
    const aside = await gate.moveAside(digest);
    if (aside === undefined) return undefined;
    if ((await stat(aside, { bigint: true })).ino !== inode) {
      await gate.putBack(digest, aside);
      return undefined;
    }
    await mkdir(folders.damaged, { recursive: true });
    const path = folders.damagedBlob(digest);
    await rename(aside, path);
    return path;
  });
}
