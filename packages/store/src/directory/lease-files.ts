import { randomUUID } from 'node:crypto';
import { mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import type { Lease } from '../content-store.ts';
import { hasErrno } from '../internal/durable-file.ts';

/** A lease is an empty file `<expiry in ms>.<algorithm>.<hex>.<nonce>`: every process sees it, and reading names is enough. */
export async function createLease(
  folder: string,
  digest: Digest,
  ttlMs: number,
  tidy: () => Promise<void> = async () => {},
): Promise<Lease> {
  const expiresAt = new Date(Date.now() + ttlMs);
  const path = join(folder, [expiresAt.getTime(), algorithmOf(digest), hexOf(digest), randomUUID()].join('.'));
  await createIn(folder, path);
  return {
    digest,
    expiresAt,
    release: async () => {
      await removeFile(path);
      await tidy();
    },
  };
}

export async function* leasedDigests(folder: string): AsyncGenerator<Digest, void, undefined> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  });
  const seen = new Set<Digest>();
  for (const name of names) {
    const [expiry, algorithm, hex] = name.split('.');
    const digest = `${algorithm}:${hex}`;
    if (!isDigest(digest)) continue;
    if (Number(expiry) <= Date.now()) await removeFile(join(folder, name));
    else if (!seen.has(digest)) {
      seen.add(digest);
      yield digest;
    }
  }
}

/** Again when the folder, still empty, was tidied away in between. */
async function createIn(folder: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await mkdir(folder, { recursive: true });
    try {
      return await writeFile(path, '', { flag: 'wx' });
    } catch (error) {
      if (!hasErrno(error, 'ENOENT') || attempt === 5) throw error;
    }
  }
}

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!hasErrno(error, 'ENOENT')) throw error;
  });
}
