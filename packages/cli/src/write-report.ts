import { writeFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';

/** Writes a document to the file that `--output` names. Throws FILE_NOT_FOUND where its folder is not there, and FILE_UNREADABLE. */
export async function writeReport(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // A full disk is told by whoever reports errors.
    if (code === 'ENOSPC' || code === 'EDQUOT') throw cause;
    const absent = code === 'ENOENT';
    const why = absent ? 'its folder does not exist' : code === 'EISDIR' ? 'it is a folder' : 'it cannot be opened';
    throw new LadingError(absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', `Cannot write ${path}: ${why}`, {
      hint: 'Name a file in a folder that is there and writable.',
      cause,
      details: { path },
    });
  }
}
