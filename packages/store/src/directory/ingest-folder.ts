import { constants, copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { digestOf, hexOf } from '@lading/oci';
import { hasErrno } from '../internal/durable-file.ts';

/** The partial file while nobody writes to it. */
export const idleName = 'data';

const host = hexOf(digestOf(hostname())).slice(0, 12);

/** The partial file while this process writes to it: `data.<host>.<pid>.<nonce>`. */
export function ownName(nonce: string): string {
  return `${idleName}.${host}.${process.pid}.${nonce}`;
}

export interface PartialFile {
  readonly size: number;
  readonly inode: bigint;
}

/**
 * The partial file of an ingest, made idle. Undefined when there is no such ingest.
 *
 * Left in a writer's name by a process that died, it is renamed. When the writer lives, or may live on another machine, the bytes so far are
 * copied: the two then have separate files, and whoever commits first commits what it hashed itself.
 */
export async function takeOver(folder: string): Promise<PartialFile | undefined> {
  const idle = join(folder, idleName);
  // A few turns: between our look and our rename the writer may finish or another process may take over.
  for (let turn = 0; turn < 5; turn++) {
    try {
      const { size, ino } = await stat(idle, { bigint: true });
      return { size: Number(size), inode: ino };
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
    const names = await readdir(folder).catch(() => []);
    const written = names.find((name) => name.startsWith(`${idleName}.`));
    if (written === undefined) continue;
    try {
      if (isDead(written)) {
        await rename(join(folder, written), idle);
      } else {
        const copy = join(folder, `copy.${ownName(String(process.hrtime.bigint()))}`);
        await copyFile(join(folder, written), copy, constants.COPYFILE_FICLONE);
        await rename(copy, idle);
      }
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error;
    }
  }
  return undefined;
}

function isDead(name: string): boolean {
  const [, writerHost, pid] = name.split('.');
  if (writerHost !== host) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return hasErrno(error, 'ESRCH');
  }
}

/** When an ingest was last written to, or undefined when it is gone. */
export async function lastWritten(folder: string): Promise<Date | undefined> {
  try {
    const names = await readdir(folder);
    const times = await Promise.all([folder, ...names.map((name) => join(folder, name))].map((path) => stat(path)));
    return new Date(Math.max(...times.map((info) => info.mtimeMs)));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

export async function removeIngest(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
