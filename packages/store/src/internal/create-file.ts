import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrno } from './durable-file.ts';

const attempts = 20;

/** Opens a file that must not exist yet, and makes its folder where that is missing. */
export function createFile(path: string, mode = 0o666): Promise<FileHandle> {
  return inItsFolder(path, () => open(path, 'wx+', mode));
}

/** Makes the folder of the path where `create` finds it missing: empty folders may be tidied away at any time. */
export async function inItsFolder<T>(path: string, create: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await create();
    } catch (error) {
      if (!hasErrno(error, 'ENOENT') || attempt === attempts) throw error;
    }
    await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
      // Node says so when a folder above was there and is gone when it looks again.
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR') || attempt === attempts) throw error;
    });
  }
}
