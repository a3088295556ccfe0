import { readFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';

/** A file that an option or an argument names. Throws FILE_NOT_FOUND and FILE_UNREADABLE. */
export async function readInput(path: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const message = `Cannot read the ${what} ${path}: ${absent ? 'there is no such file' : 'it cannot be opened'}`;
    throw new LadingError(absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', message, { cause, details: { path } });
  }
}
