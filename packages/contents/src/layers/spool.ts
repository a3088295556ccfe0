import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError, messageOf } from '@lading/errors';
import type { TarHeader } from '@lading/tar';
import type { CatalogedFile } from '../catalogers/cataloger.ts';
import { fileOf, type KeptContent } from './kept-content.ts';

/**
 * A temporary file for the content of one file after another. It has no name from the moment it is open, so that nothing is left of it
 * whatever happens. Throws DISK_FULL and FILE_UNREADABLE, for the folder that it is in.
 */
export class Spool {
  readonly #folder: string;
  #handle: FileHandle | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes the content of a file, and gives up that of the one before. */
  async begin(header: TarHeader, signal: AbortSignal | undefined): Promise<KeptContent> {
    const handle = await this.#open();
    let size = 0;
    return {
      write: async (chunk) => {
        for (let at = 0; at < chunk.length; ) {
          const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, size).catch(this.#fail);
          at += bytesWritten;
          size += bytesWritten;
        }
      },
      file: (): CatalogedFile =>
        fileOf(header, size, signal, (offset, length) => this.#read(handle, offset, Math.min(length, size - offset))),
    };
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    const path = join(this.#folder, `lading-${randomUUID()}.tmp`);
    this.#handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600).catch(this.#fail);
    await rm(path).catch(this.#fail);
    return this.#handle;
  }

  async #read(handle: FileHandle, offset: number, wanted: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.max(wanted, 0));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle
        .read(buffer, filled, buffer.length - filled, offset + filled)
        .catch(this.#fail);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  readonly #fail = (cause: NodeJS.ErrnoException): never => {
    const code = cause.code === 'ENOSPC' || cause.code === 'EDQUOT' ? 'DISK_FULL' : 'FILE_UNREADABLE';
    throw new LadingError(code, `Cannot keep a large file in ${this.#folder}: ${messageOf(cause)}`, {
      hint: 'Name a folder with more room in TMPDIR.',
      cause,
    });
  };
}
