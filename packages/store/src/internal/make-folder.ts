import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { hasErrno } from './durable-file.ts';
import { syncFolder } from './sync-folder.ts';

/**
 * Makes a folder, and those above it, durable by name: what is synced in a folder is lost when the folder's own name is. Of one that is there
 * already too, for whoever made it may have died before its sync; the names above that one were durable before it was made.
 */
export async function makeFolder(path: string): Promise<void> {
  const above = dirname(resolve(path));
  if (!(await isFolder(path))) {
    await makeFolder(above);
    // `recursive`: fine where another process was faster.
    await mkdir(path, { recursive: true });
  }
  await syncFolder(above).catch((error: unknown) => {
    // A folder above that may be passed and not read: nobody who uses this store has made anything in it.
    if (!hasErrno(error, 'EACCES')) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
