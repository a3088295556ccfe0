import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, fromFile } from '@lading/bytes';

/** Content set aside in one temporary file, to be read again in another order. Memory does not grow with it. */
export interface Spool {
  /** Appends content; one call at a time. Gives what reads it again, any number of times. */
  add(content: Bytes): Promise<{ readonly size: number; readonly open: () => Bytes }>;
  /** Removes the file; what was given out cannot be read any more. */
  close(): Promise<void>;
}

export async function openSpool(folder: string): Promise<Spool> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${randomUUID()}.spool`);
  let file: FileHandle | undefined = await open(path, 'wx', 0o600);
  let end = 0;
  return {
    async add(content) {
      const start = end;
      for await (const chunk of content) {
        if (file === undefined) throw new Error('The spool is closed');
        await file.write(chunk, 0, chunk.length, end);
        end += chunk.length;
      }
      const range = { start, end };
      return { size: end - start, open: () => fromFile(path, { range }) };
    },
    async close() {
      await file?.close();
      file = undefined;
      await rm(path, { force: true });
    },
  };
}
