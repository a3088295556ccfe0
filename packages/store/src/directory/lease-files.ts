import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import type { Lease } from '../content-store.ts';
import { createFile } from '../internal/create-file.ts';
import { hasErrno } from '../internal/durable-file.ts';
import { uniqueMark } from '../internal/process-mark.ts';
import { removeFile } from '../internal/remove-file.ts';
import type { ContentFolders } from './content-folders.ts';
import type { SweepGate } from './sweep-gate.ts';

/**
 * A lease in a store of files: an empty file `<expiry in ms>.<algorithm>.<hex>.<mark>`, so every process sees it and reading names is enough.
 * Once it is taken, content that `stat` shows stays: a sweep that looked for leases before has ended.
 */
export class LeaseFile implements Lease {
  readonly digest: Digest;
  readonly #folders: ContentFolders;
  readonly #gate: SweepGate;
  #expiresAt = new Date(0);
  #path: string | undefined;

  private constructor(folders: ContentFolders, gate: SweepGate, digest: Digest) {
    this.#folders = folders;
    this.#gate = gate;
    this.digest = digest;
  }

  static async take(folders: ContentFolders, gate: SweepGate, digest: Digest, ttlMs: number): Promise<LeaseFile> {
    const lease = new LeaseFile(folders, gate, digest);
    await lease.renew(ttlMs);
    return lease;
  }

  get expiresAt(): Date {
    return this.#expiresAt;
  }

  async renew(ttlMs: number): Promise<void> {
    const earlier = this.#path;
    const expiresAt = new Date(Date.now() + ttlMs);
    const name = [expiresAt.getTime(), algorithmOf(this.digest), hexOf(this.digest), uniqueMark()].join('.');
    this.#path = join(this.#folders.leases, name);
    await (await createFile(this.#path)).close();
    // Before the earlier file goes: reading a folder while names change may show neither the old nor the new one.
    await this.#gate.settle();
    this.#expiresAt = expiresAt;
    if (earlier !== undefined) await removeFile(earlier);
  }

  async release(): Promise<void> {
    if (this.#path === undefined) return;
    await removeFile(this.#path);
    await this.#folders.tidy();
  }
}

/** Digests that are leased now, each once. Leases that expired are removed. */
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
