import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../internal/durable-file.ts';
import { namesIn } from '../internal/names-in.ts';
import { isGone } from '../internal/process-mark.ts';
import { syncFolder } from '../internal/sync-folder.ts';
import { isIngestId } from './ingest-files.ts';

/**
 * Version 1 → 2. A write was a folder `ingest/<id>` with `data`, or `data.<host>.<pid>.<nonce>` while a process wrote to it; it is now the
 * file `ingests/<id>`. What a process of the old version writes at this moment is given up: two versions must not share a file.
 */
export async function flattenIngests(root: string): Promise<void> {
  const [before, after] = [join(root, 'ingest'), join(root, 'ingests')];
  await mkdir(after, { recursive: true });
  for await (const id of namesIn(before)) {
    const name = isIngestId(id) ? await idleData(join(before, id)) : undefined;
    if (name !== undefined) await rename(join(before, id, name), join(after, id));
  }
  await syncFolder(after);
  await rm(before, { recursive: true, force: true });
  await syncFolder(root);
}

async function idleData(folder: string): Promise<string | undefined> {
  try {
    const names = await readdir(folder);
    return names.find((name) => name === 'data' || wasLeft(name));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function wasLeft(name: string): boolean {
  const [data, host, pid] = name.split('.');
  return data === 'data' && isGone(`${host}.${pid}`);
}
