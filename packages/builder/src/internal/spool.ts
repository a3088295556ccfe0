import { type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bytes } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';

/** A stretch of the spool file. Two entries with one stretch are one file by two names. */
export interface Stretch {
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

const READ_BYTES = 256 << 10;
const GATHER_BYTES = 1 << 20;

/** File contents on disk, so that memory holds only names while a file system is put together. Close it: that removes the file. */
export class Spool {
  readonly #file: FileHandle;
  readonly #folder: string;
  #end = 0;

  private constructor(file: FileHandle, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  static async create(parent: string): Promise<Spool> {
    await mkdir(parent, { recursive: true });
    const folder = await mkdtemp(join(parent, 'spool-'));
    const file = await open(join(folder, 'contents'), 'wx+', 0o600);
    // Where open files may lose their names, a crash leaves nothing behind. Elsewhere close() removes it.
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    return new Spool(file, folder);
  }

  /** Bytes that were written. */
  get size(): number {
    return this.#end;
  }

  /** Takes exactly `size` bytes; the caller has checked that there are as many. Several may be under way. */
  async add(bytes: Bytes, size: number): Promise<Stretch> {
    const stretch = { offset: this.#end, size };
    this.#end += size;
    if (size === 0) return stretch;
    let position = stretch.offset;
    let gathered = Buffer.allocUnsafe(Math.min(size, GATHER_BYTES));
    let used = 0;
    for await (const chunk of bytes) {
      let rest = chunk;
      while (rest.length > 0) {
        const part = rest.subarray(0, gathered.length - used);
        gathered.set(part, used);
        used += part.length;
        rest = rest.subarray(part.length);
        if (used === gathered.length) {
          await this.#file.write(gathered, 0, used, position);
          position += used;
          used = 0;
          gathered = Buffer.allocUnsafe(Math.min(GATHER_BYTES, Math.max(1, stretch.offset + size - position)));
        }
      }
    }
    if (used > 0) await this.#file.write(gathered, 0, used, position);
    return stretch;
  }

  async *read(stretch: Stretch, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    let { offset } = stretch;
    const end = offset + stretch.size;
    while (offset < end) {
      throwIfAborted(signal);
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - offset));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) throw new Error('the spool file was cut off from outside');
      offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
