import { close, fdatasync, open, write } from 'node:fs';
import { promisify } from 'node:util';
import { inItsFolder } from './create-file.ts';

const files = {
  open: promisify(open),
  write: promisify(write),
  datasync: promisify(fdatasync),
  close: promisify(close),
};

/**
 * Writes a file that must not exist yet, and syncs it. By its number and not as a FileHandle, which costs more of the processor than the
 * calls themselves: small files come by the thousand.
 */
export async function writeNewFile(path: string, data: Uint8Array, mode: number): Promise<void> {
  const file = await inItsFolder(path, () => files.open(path, 'wx', mode));
  try {
    for (let at = 0; at < data.length; ) at += (await files.write(file, data, at, data.length - at)).bytesWritten;
    await files.datasync(file);
  } finally {
    await files.close(file);
  }
}
