import { createWriteStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Bytes } from '@lading/bytes';
import { drain, fromFile, slice, toReadable } from '@lading/bytes';
import { mixedBytes } from '@lading/testkit';

const FOLDERS = ['/usr/lib', '/usr/bin'];

/** Writes `bytes` bytes of what root file systems hold to `path`: files of this machine, then generated ones. */
export async function writeInput(path: string, bytes: number): Promise<void> {
  await pipeline(toReadable(slice(content(), { start: 0, end: bytes })), createWriteStream(path));
  const written = await drain(fromFile(path));
  if (written !== bytes) throw new Error(`wrote ${written} bytes in place of ${bytes}`);
}

async function* content(): Bytes {
  for (const folder of FOLDERS) {
    for await (const file of files(folder)) yield* fromFile(file);
  }
  for (let seed = 1; ; seed += 1) yield mixedBytes(4_000_000, seed);
}

async function* files(folder: string): AsyncGenerator<string, void, undefined> {
  const names: string[] = [];
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.isDirectory()) folders.push(entry.name);
      else if (entry.isFile()) names.push(entry.name);
    }
  } catch {
    return; // what cannot be read is not part of the input
  }
  for (const name of names.sort()) {
    const path = join(folder, name);
    if ((await stat(path)).size > 0) yield path;
  }
  for (const name of folders.sort()) yield* files(join(folder, name));
}
