import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFile } from '../internal/create-file.ts';
import { hasErrno } from '../internal/durable-file.ts';
import type { LeaseNames } from '../internal/named-lease.ts';
import { namesIn } from '../internal/names-in.ts';
import type { ContentFolders } from './content-folders.ts';
import type { SweepGate } from './sweep-gate.ts';

/** Leases in a store of files: small files, made and removed at once: another thread costs more. */
export function leaseFiles(folders: ContentFolders, gate: SweepGate): LeaseNames {
  return {
    async add(name, text) {
      const path = join(folders.leases, name);
      if (createNow(path, text)) return;
      await using file = await createFile(path);
      await file.writeFile(text);
    },
    read: async (name) => readNow(join(folders.leases, name)),
    async remove(names) {
      for (const name of names) removeNow(join(folders.leases, name));
      if (names.length > 0) await folders.tidy();
    },
    list: () => namesIn(folders.leases),
    settle: () => gate.settle(),
  };
}

/** False where the folder has to be made first. */
function createNow(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

function readNow(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function removeNow(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
}
