import { closeSync, existsSync, fstatSync, futimesSync, openSync, readFileSync } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { type Digest, isDigest } from '@lading/oci';
import type { BlobInfo } from '../content-store.ts';
import { hasErrno } from '../internal/durable-file.ts';
import { namesIn } from '../internal/names-in.ts';
import { syncFolder } from '../internal/sync-folder.ts';
import type { ContentFolders } from './content-folders.ts';
import type { SweepGate } from './sweep-gate.ts';

/** Content up to this size is compared at once. */
const atOnceBytes = 64 << 10;

export async function statBlob(folders: ContentFolders, digest: Digest): Promise<BlobInfo | undefined> {
  try {
    const info = await stat(folders.blob(digest));
    return info.isFile() ? { digest, size: info.size, createdAt: info.mtime } : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

export async function* listBlobs(folders: ContentFolders, io: Io = {}): AsyncGenerator<BlobInfo, void, undefined> {
  for (const algorithm of ['sha256', 'sha512']) {
    for await (const name of namesIn(join(folders.blobs, algorithm))) {
      throwIfAborted(io.signal);
      const digest = `${algorithm}:${name}`;
      const info = isDigest(digest) ? await statBlob(folders, digest) : undefined;
      if (info !== undefined) yield info;
    }
  }
}

/**
 * Moves a file that is whole and synced to where its content is read; durable when it resolves. Replacing content that is there already is
 * deliberate: its bytes are the same, and a damaged file is healed. Small content is compared instead, see `renewBlob`.
 */
export async function publishBlob(
  folders: ContentFolders,
  gate: SweepGate,
  path: string,
  digest: Digest,
): Promise<void> {
  await folders.makeBlobFolder(digest);
  await rename(path, folders.blob(digest));
  const [swept] = await Promise.all([gate.settle(), syncBlobName(folders, digest)]);
  if (!swept) return;
  // A sweep that looked before our rename may have taken the file for the old one, and has put it back since, unless it broke off.
  if ((await statBlob(folders, digest)) === undefined) await gate.run(async () => {});
  await syncBlobName(folders, digest);
}

/**
 * Makes a blob that is there with exactly these bytes one that was committed just now, without writing it again: the new time of the file is
 * the mark that sweeps look for. True when it is there to stay and durable by name; false when it has to be written.
 */
export async function renewBlob(
  folders: ContentFolders,
  gate: SweepGate,
  digest: Digest,
  data: Uint8Array,
): Promise<boolean> {
  const path = folders.blob(digest);
  if (!existsSync(path)) return false;
  try {
    if (!(data.length <= atOnceBytes ? touchEqualNow(path, data) : await touchEqual(path, data))) return false;
  } catch (error) {
    // Gone since, damaged so that it cannot be read, or another user's: writing it again replaces it, or tells why not.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
  // A sweep that looked before may have taken it away, or put it back under a name that is not durable.
  await gate.settle();
  await syncBlobName(folders, digest);
  return existsSync(path);
}

async function touchEqual(path: string, data: Uint8Array): Promise<boolean> {
  await using file = await open(path, 'r');
  if ((await file.stat()).size !== data.length || !(await file.readFile()).equals(data)) return false;
  const now = new Date();
  await file.utimes(now, now);
  return true;
}

/** Of a small file that takes a fraction of what threads cost that are asked for each call. */
function touchEqualNow(path: string, data: Uint8Array): boolean {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size !== data.length || !readFileSync(file).equals(data)) return false;
    const now = new Date();
    futimesSync(file, now, now);
    return true;
  } finally {
    closeSync(file);
  }
}

/** Makes it durable that a blob is there. */
export async function syncBlobName(folders: ContentFolders, digest: Digest): Promise<void> {
  await folders.makeBlobFolder(digest);
  await syncFolder(dirname(folders.blob(digest)));
}
