import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collect } from '@lading/bytes';
import { LadingError, messageOf } from '@lading/errors';
import { algorithmOf, type Digest, digestOf } from '@lading/oci';
import type { Context } from './context.ts';

const maxTrustFileBytes = 4 << 20;

/** Before anything is imported: no file of a user's is replaced by one that came with an image. Throws USAGE, FILE_UNREADABLE. */
export async function assertTrustOutput(folder: string, files: ReadonlyMap<string, Digest>): Promise<void> {
  for (const [name, digest] of files) {
    const path = join(folder, name);
    const there = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw cannotWrite(path, cause);
    });
    if (there === undefined || digestOf(there, algorithmOf(digest)) === digest) continue;
    throw new LadingError('USAGE', `Cannot write ${path}: there is another file of that name`, {
      hint: 'Compare the two; then name another folder, or remove it.',
      details: { path, digest },
    });
  }
}

/** Writes trust files that were imported. Their paths. Throws FILE_UNREADABLE. */
export async function writeTrustFiles(
  context: Context,
  folder: string,
  files: ReadonlyMap<string, Digest>,
): Promise<string[]> {
  const { content } = await context.home();
  const { signal } = context;
  const written: string[] = [];
  for (const [name, digest] of files) {
    const path = join(folder, name);
    const bytes = await collect(await content.open(digest, { signal }), { maxBytes: maxTrustFileBytes, what: name });
    try {
      await mkdir(folder, { recursive: true });
      // Not to be interrupted: half a file would stand in the way of the next import.
      await writeFile(path, bytes, { flag: 'wx' });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(path, cause);
    }
    written.push(path);
  }
  return written;
}

function cannotWrite(path: string, cause: unknown): LadingError {
  return new LadingError('FILE_UNREADABLE', `Cannot write ${path}: ${messageOf(cause)}`, {
    hint: 'Name a folder that is writable.',
    cause,
  });
}
