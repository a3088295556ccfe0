import { appendFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { file } from './hostile-case.ts';
import { writeCase } from './write-case.ts';

/** What can be wrong with an image's own parts, and how the program ends then. */
export const breaks: Readonly<Record<string, { readonly code: number; readonly message: RegExp }>> = {
  'a layer of other bytes': { code: 7, message: /DIGEST_MISMATCH/ },
  'a layer that is cut off': { code: 7, message: /SIZE_MISMATCH|DIGEST_MISMATCH/ },
  'a layer that is longer than it should be': { code: 7, message: /SIZE_MISMATCH|DIGEST_MISMATCH/ },
  'a config that is no JSON': { code: 7, message: /DIGEST_MISMATCH|SIZE_MISMATCH/ },
};

/** Writes a small image with one of them. */
export async function breakLayout(folder: string, what: string): Promise<void> {
  await writeCase(folder, {
    layers: () => [
      [file('a/node_modules/b/package.json', '{"name":"b","version":"1.0.0"}'), file('c', Buffer.alloc(5000, 'x'))],
    ],
  });
  const blobs = join(folder, 'blobs/sha256');
  for (const name of await readdir(blobs)) {
    const path = join(blobs, name);
    const bytes = await readFile(path);
    const isJson = bytes[0] === 0x7b;
    const { size } = await stat(path);
    if (what === 'a config that is no JSON' && bytes.includes('rootfs')) await writeFile(path, '{'.padEnd(size));
    if (isJson) continue;
    if (what === 'a layer of other bytes') await writeFile(path, bytes.fill(0x41, size - 8));
    if (what === 'a layer that is cut off') await truncate(path, size - 10);
    if (what === 'a layer that is longer than it should be') await appendFile(path, 'more');
  }
}
