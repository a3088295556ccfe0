import { stat } from 'node:fs/promises';
import { fromFile, type Io } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { algorithmOf, type Digest, Digester } from '@lading/oci';
import { hasErrno } from '../internal/durable-file.ts';
import type { ContentFolders } from './content-folders.ts';

export interface DamagedFile {
  readonly problem: 'digest' | 'empty' | 'unreadable';
  readonly size: number;
  readonly inode: bigint;
}

/** Reads one blob. When another file takes its place meanwhile, that one is read. */
export async function examineBlob(
  folders: ContentFolders,
  digest: Digest,
  onBytes: (count: number) => void,
  io: Io,
): Promise<'whole' | 'absent' | DamagedFile> {
  for (;;) {
    const before = await fileOf(folders.blob(digest));
    if (before === undefined) return 'absent';
    const problem = await problemOf(folders.blob(digest), digest, onBytes, io);
    if (problem === undefined) return 'whole';
    const after = await fileOf(folders.blob(digest));
    if (after?.inode === before.inode) return { problem: after.size === 0 ? 'empty' : problem, ...after };
  }
}

async function problemOf(
  path: string,
  digest: Digest,
  onBytes: (count: number) => void,
  io: Io,
): Promise<'digest' | 'unreadable' | undefined> {
  const digester = new Digester(algorithmOf(digest));
  try {
    for await (const chunk of fromFile(path, io)) {
      digester.update(chunk);
      onBytes(chunk.length);
    }
  } catch (error) {
    if (isLadingError(error, 'FILE_UNREADABLE', 'FILE_NOT_FOUND')) return 'unreadable';
    throw error;
  }
  return digester.digest() === digest ? undefined : 'digest';
}

async function fileOf(path: string): Promise<{ readonly inode: bigint; readonly size: number } | undefined> {
  try {
    const { ino, size } = await stat(path, { bigint: true });
    return { inode: ino, size: Number(size) };
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
