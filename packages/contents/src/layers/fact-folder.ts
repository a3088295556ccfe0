import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, parseDigest } from '@lading/oci';
import { createFactStore, type FactsKind } from './create-fact-store.ts';
import type { FactStore } from './fact-store.ts';

/** Facts in a folder that is made when it is needed: a file for each layer and each image, named by its digest. It may be deleted at any time. */
export function openFactFolder(folder: string): FactStore {
  const pathOf = (kind: FactsKind, digest: Digest): string => {
    const [algorithm = '', hex = ''] = parseDigest(digest).split(':');
    return join(folder, `${kind}s`, algorithm, hex.slice(0, 2), hex);
  };
  return createFactStore({
    read: (kind, digest) => read(pathOf(kind, digest)),
    write: (kind, digest, record) => write(pathOf(kind, digest), record),
  });
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    const record = await readFile(path);
    const now = new Date();
    // The time of a file is that of its last use: it tells which to give up first.
    await utimes(path, now, now).catch(() => {});
    return record;
  } catch {
    return undefined;
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, content);
    await rename(draft, path);
  } catch {
    await rm(draft, { force: true }).catch(() => {});
  }
}
