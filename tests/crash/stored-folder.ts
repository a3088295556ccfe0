// Folders of the model as real folders, and real ones as the model has them. Synchronous: it is most of what a schedule costs.
import {
  closeSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { StoredFile, StoredFolder } from './crash-state.ts';

/** After a crash time has passed: a lock of the machine that went down is old when somebody looks again. */
const age = 3600;

export function writeFolder(path: string, folder: StoredFolder): void {
  write(path, folder, new Map());
}

function write(path: string, folder: StoredFolder, written: Map<StoredFile, string>): void {
  const time = Date.now() / 1000 - age;
  mkdirSync(path);
  for (const [name, stored] of folder) {
    const target = join(path, name);
    if (stored instanceof Map) {
      write(target, stored, written);
      continue;
    }
    const first = written.get(stored);
    if (first !== undefined) {
      linkSync(first, target);
      continue;
    }
    written.set(stored, target);
    const handle = openSync(target, 'wx');
    for (let at = 0; at < stored.bytes.length; ) at += writeSync(handle, stored.bytes, at);
    futimesSync(handle, time, time);
    closeSync(handle);
  }
}

/** What differs between a folder of the model and a real one; empty when they are the same. */
export function differences(path: string, folder: StoredFolder, below = ''): readonly string[] {
  const found: string[] = [];
  const names = new Set(readdirSync(join(path, below)).filter((name) => below !== '' || name !== '.ledger'));
  for (const [name, stored] of folder) {
    const inside = join(below, name);
    if (!names.delete(name)) found.push(`${inside} is in the model alone`);
    else if (stored instanceof Map) {
      if (lstatSync(join(path, inside)).isDirectory()) found.push(...differences(path, stored, inside));
      else found.push(`${inside} is a folder in the model alone`);
      // SQLite changes this one through memory.
    } else if (!name.endsWith('-shm') && !readFileSync(join(path, inside)).equals(stored.bytes)) {
      found.push(`${inside} has other bytes than in the model`);
    }
  }
  for (const name of names) found.push(`${join(below, name)} is on the disk alone`);
  return found;
}
