import { fstatSync } from 'node:fs';
import { chmod, type FileHandle, link, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile } from '../internal/create-file.ts';
import { hasErrno } from '../internal/durable-file.ts';
import { ingestClosed } from '../internal/failures.ts';
import { removeFile } from '../internal/remove-file.ts';
import { type PartialFile, writingName } from './ingest-files.ts';

export interface HeldFile {
  readonly file: FileHandle;
  readonly path: string;
  readonly mode: number;
  readonly writtenAt: Date;
}

/** What becomes of the file after work on it. */
export type Fate = 'kept' | 'removed' | 'published';

/**
 * The file of one ingest. Several processes may hold the same id: while one works on the file, it carries that process's name, so an inode has
 * a single writer and the hash that a commit relies on is the hash of that inode.
 */
export class IngestFile {
  readonly #folder: string;
  readonly #id: string;
  #inode: bigint | undefined;

  /** Without a partial file, there is none before it is used. */
  constructor(folder: string, id: string, partial: PartialFile | undefined) {
    this.#folder = folder;
    this.#id = id;
    this.#inode = partial?.inode;
  }

  get inode(): bigint | undefined {
    return this.#inode;
  }

  /**
   * Takes the file, which must be this one and have `size` bytes, for `work` alone. `fate` is asked when the work is over, in whatever way.
   * Throws INGEST_CLOSED.
   */
  async use<T>(size: number, work: (held: HeldFile) => Promise<T>, fate: () => Fate): Promise<T> {
    const own = join(this.#folder, writingName(this.#id));
    const isNew = this.#inode === undefined;
    if (!isNew) {
      await rename(this.#idle, own).catch((error: unknown) => {
        if (!hasErrno(error, 'ENOENT')) throw error;
        throw ingestClosed(this.#id, 'it is gone, or is being written elsewhere');
      });
    }
    let entered = false;
    try {
      const file = await (isNew ? createFile(own) : openToWrite(own));
      try {
        // At once: of an open file the system has this in memory, and another thread costs more than the call.
        const info = fstatSync(file.fd, { bigint: true });
        this.#inode ??= info.ino;
        if (info.ino !== this.#inode || Number(info.size) !== size) {
          throw ingestClosed(this.#id, 'it was continued elsewhere');
        }
        entered = true;
        return await work({ file, path: own, mode: Number(info.mode), writtenAt: info.mtime });
      } finally {
        await file.close();
      }
    } finally {
      const end = entered ? fate() : 'kept';
      if (end === 'kept') await this.#giveBack(own);
      else if (end === 'removed') await removeFile(own);
    }
  }

  /** Removes the file unless somebody else goes on with another one. */
  async remove(): Promise<void> {
    if (this.#inode === undefined) return;
    const info = await stat(this.#idle, { bigint: true }).catch(() => undefined);
    if (info?.ino === this.#inode) await removeFile(this.#idle);
  }

  get #idle(): string {
    return join(this.#folder, this.#id);
  }

  async #giveBack(own: string): Promise<void> {
    // link() and not rename(): when someone took over meanwhile, its file must not be replaced.
    await link(own, this.#idle).catch((error: unknown) => {
      if (!hasErrno(error, 'ENOENT', 'EEXIST')) throw error;
    });
    await removeFile(own);
  }
}

async function openToWrite(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!hasErrno(error, 'EACCES')) throw error;
    // A commit makes its file read-only before it moves it into place, and one may have broken off in between.
    await chmod(path, (await stat(path)).mode | 0o200);
    return open(path, 'r+');
  }
}
