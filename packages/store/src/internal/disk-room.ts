import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LadingError } from '@lading/errors';
import { hasErrno } from './durable-file.ts';

/** Throws DISK_FULL when a folder's disk has fewer bytes free than are going to be written. */
export async function assertRoom(folder: string, needed: number, what: string): Promise<void> {
  const free = await freeBytes(folder);
  if (needed <= free) return;
  throw new LadingError('DISK_FULL', `Cannot store ${what}: it needs ${needed} bytes, and the disk has ${free} free`, {
    hint,
    details: { folder, needed, free },
  });
}

/** A folder that is not there yet will be made in one above it. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (!hasErrno(error, 'ENOENT') || dirname(folder) === folder) throw error;
    return freeBytes(dirname(folder));
  }
}

/** What a write failed with, as DISK_FULL where the disk or a quota is exhausted. */
export function explainedWrite(error: unknown, what: string): unknown {
  if (!hasErrno(error, 'ENOSPC', 'EDQUOT')) return error;
  return new LadingError('DISK_FULL', `Cannot store ${what}: there is no room left on the disk`, {
    hint,
    cause: error,
  });
}

const hint = '"lading gc" frees what nothing needs any more; "lading df" shows what takes the room.';
