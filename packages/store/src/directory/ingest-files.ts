import { statSync } from 'node:fs';
import { constants, copyFile, link, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../internal/durable-file.ts';
import { isGone, uniqueMark } from '../internal/process-mark.ts';
import { removeFile } from '../internal/remove-file.ts';

// Names in the folder of ingests:
//   <id>                    a write that nobody appends to at this moment
//   <id>.<process>.<nonce>  the same while that process appends or commits
//   new.<process>.<nonce>   what appears under another name once it is whole

const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An id names a file: nothing else may be reached by it. */
export function isIngestId(text: string): boolean {
  return idPattern.test(text);
}

/** Whose write a file is, and which process has it in hand. */
export function parseIngestName(name: string): { readonly id: string; readonly process: string | undefined } {
  const [id = '', ...process] = name.split('.');
  return { id, process: process.length === 0 ? undefined : process.join('.') };
}

/** The file of an ingest while this process writes to it. */
export function writingName(id: string): string {
  return `${id}.${uniqueMark()}`;
}

export function newName(): string {
  return `new.${uniqueMark()}`;
}

export interface PartialFile {
  readonly size: number;
  readonly inode: bigint;
}

/**
 * The partial file of an ingest, with nobody writing to it. Undefined when there is no such ingest.
 *
 * Left in a writer's name by a process that died, it is renamed. When the writer lives, or may live on another machine, the bytes so far are
 * copied: the two then have separate files, and whoever commits first commits what it hashed itself.
 */
export async function takeOver(folder: string, id: string): Promise<PartialFile | undefined> {
  const idle = join(folder, id);
  let misses = 0;
  // A few turns: between our look and our rename the writer may finish or another process may take over.
  for (let turn = 0; turn < 5 && misses < 2; turn++) {
    // At once, as most ids name nothing yet: another thread and its error cost more than the call.
    const info = statSync(idle, { bigint: true, throwIfNoEntry: false });
    if (info !== undefined) return { size: Number(info.size), inode: info.ino };
    const written = (await writersOf(folder, id))[0];
    if (written === undefined) {
      misses++;
      continue;
    }
    try {
      if (isGone(written.process)) await rename(written.path, idle);
      else await copyTo(idle, written.path, folder);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error;
    }
  }
  return undefined;
}

/** How many bytes of an ingest there are, in whichever file. */
export async function sizeOf(folder: string, id: string): Promise<number> {
  const paths = [join(folder, id), ...(await writersOf(folder, id)).map(({ path }) => path)];
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (info) => info.size,
        () => 0,
      ),
    ),
  );
  return Math.max(...sizes);
}

async function writersOf(folder: string, id: string): Promise<{ path: string; process: string }[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${id}.`))
    .map((name) => ({ path: join(folder, name), process: parseIngestName(name).process ?? '' }));
}

async function copyTo(idle: string, from: string, folder: string): Promise<void> {
  const copy = join(folder, newName());
  try {
    await copyFile(from, copy, constants.COPYFILE_FICLONE);
    // link() and not rename(): when the writer gave its file back meanwhile, that one counts.
    await link(copy, idle).catch((error: unknown) => {
      if (!hasErrno(error, 'EEXIST')) throw error;
    });
  } finally {
    await removeFile(copy);
  }
}
