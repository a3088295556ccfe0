import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '@lading/oci';
import { namesIn } from '../internal/names-in.ts';
import type { ContentFolders } from './content-folders.ts';
import type { Damage } from './damage.ts';

const algorithms = ['sha256', 'sha512'];

/** All that lies where blobs lie: digests, and what is none. */
export async function* walkBlobs(folders: ContentFolders): AsyncGenerator<Digest | Damage, void, undefined> {
  for await (const name of namesIn(folders.blobs)) {
    if (!algorithms.includes(name)) yield* stray(join(folders.blobs, name), 'foreign');
  }
  for (const algorithm of algorithms) {
    for await (const name of namesIn(join(folders.blobs, algorithm))) {
      const digest = `${algorithm}:${name}`;
      const path = join(folders.blobs, algorithm, name);
      if (!isDigest(digest))
        yield* stray(path, algorithms.some((other) => isDigest(`${other}:${name}`)) ? 'misplaced' : 'foreign');
      else if ((await stat(path).catch(() => undefined))?.isDirectory()) yield* stray(path, 'foreign');
      else yield digest;
    }
  }
}

async function* stray(path: string, problem: 'misplaced' | 'foreign'): AsyncGenerator<Damage, void, undefined> {
  const info = await stat(path).catch(() => undefined);
  yield { path, problem, size: info?.isFile() ? info.size : 0 };
}
