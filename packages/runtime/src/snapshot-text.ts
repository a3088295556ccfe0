import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Snapshot } from './snapshot.ts';

/** No more is read: the files that this is for are small. */
const maxTextBytes = 4 << 20;
const maxLinks = 16;

/**
 * The text of a small file of a snapshot, such as `/etc/passwd`, as a process on top of it would see it; empty when there is none.
 * Links are followed inside the snapshot only.
 */
export async function readSnapshotText(snapshot: Snapshot | undefined, path: string): Promise<string> {
  const place = await findSnapshotFile(snapshot, path);
  return place === undefined ? '' : await readStart(place);
}

/** Where on this machine a file of a snapshot lies, links followed inside the snapshot only; undefined when there is none. Not to be changed. */
export async function findSnapshotFile(snapshot: Snapshot | undefined, path: string): Promise<string | undefined> {
  let at = posix.resolve('/', path);
  for (let links = 0; links < maxLinks; links++) {
    const found = await findIn(snapshot, at);
    if (found === undefined) return undefined;
    if (found.kind === 'file') return found.path;
    at = posix.resolve(posix.dirname(found.at), found.target, found.rest);
  }
  return undefined;
}

type Found =
  | { readonly kind: 'file'; readonly path: string }
  /** A link at `at`, with `rest` of the path behind it. */
  | { readonly kind: 'link'; readonly at: string; readonly target: string; readonly rest: string };

/** Looks from the uppermost layer down; a whiteout on the way ends the search. */
async function findIn(snapshot: Snapshot | undefined, path: string): Promise<Found | undefined> {
  const names = path.split('/').filter((name) => name !== '');
  for (let layer = snapshot; layer !== undefined; layer = layer.parent) {
    for (const [index] of names.entries()) {
      const place = join(layer.folder, ...names.slice(0, index + 1));
      const stats = await lstat(place).catch(() => undefined);
      if (stats === undefined) break;
      if (stats.isCharacterDevice()) return undefined;
      if (stats.isSymbolicLink()) {
        const rest = names.slice(index + 1).join('/');
        return { kind: 'link', at: `/${names.slice(0, index + 1).join('/')}`, target: await readlink(place), rest };
      }
      if (index === names.length - 1) return stats.isFile() ? { kind: 'file', path: place } : undefined;
    }
  }
  return undefined;
}

async function readStart(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, maxTextBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file?.close();
  }
}
