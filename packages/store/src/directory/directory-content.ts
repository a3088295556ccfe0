import { randomUUID } from 'node:crypto';
import { mkdir, opendir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, fromFile, type Io } from '@lading/bytes';
import { isLadingError, throwIfAborted } from '@lading/errors';
import { algorithmOf, type Descriptor, type Digest, hexOf, isDigest, verified } from '@lading/oci';
import type { BeginOptions, BlobInfo, ContentStore, Ingest, Lease, OpenOptions, Target } from '../content-store.ts';
import { hasErrno } from '../internal/durable-file.ts';
import { blobNotFound, ingestNotFound } from '../internal/failures.ts';
import { checkedRange } from '../internal/range.ts';
import { digestOfTarget } from '../target.ts';
import { DirectoryIngest } from './directory-ingest.ts';
import { idleName, lastWritten, removeIngest, takeOver } from './ingest-folder.ts';
import { createLease, leasedDigests } from './lease-files.ts';

export interface ContentFolders {
  /** Holds `<algorithm>/<hex>`. */
  readonly blobs: string;
  readonly ingests: string;
  readonly leases: string;
  /** Called when an ingest or lease ended. */
  readonly tidy?: () => Promise<void>;
}

/** Content in files, for the directory store and for OCI layouts, which keep blobs alike. */
export class DirectoryContent implements ContentStore {
  readonly #folders: ContentFolders;
  /** Ingests of this process, with the hash of what they wrote so far. */
  readonly #live = new Map<string, DirectoryIngest>();

  constructor(folders: ContentFolders) {
    this.#folders = folders;
  }

  localPath(digest: Digest): string {
    return join(this.#folders.blobs, algorithmOf(digest), hexOf(digest));
  }

  async stat(target: Target, io?: Io): Promise<BlobInfo | undefined> {
    throwIfAborted(io?.signal);
    const digest = digestOfTarget(target);
    try {
      const info = await stat(this.localPath(digest));
      return info.isFile() ? { digest, size: info.size, createdAt: info.mtime } : undefined;
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  async open(target: Target, io: OpenOptions = {}): Promise<Bytes> {
    const digest = digestOfTarget(target);
    const info = await this.stat(digest, io);
    if (info === undefined) throw blobNotFound(digest, this.#folders.blobs);
    const range = io.range && checkedRange(io.range, info.size, digest);
    const bytes = this.#read(digest, { signal: io.signal, range });
    if (range !== undefined || io.verify === false) return bytes;
    return verified(bytes, typeof target === 'string' ? { digest, size: info.size } : target);
  }

  async begin(options: BeginOptions = {}): Promise<Ingest> {
    throwIfAborted(options.signal);
    const ingest = await (options.resume === undefined
      ? this.#begin(options.expected ?? {})
      : this.#resume(options.resume, options.expected ?? {}));
    this.#live.set(ingest.id, ingest);
    return ingest;
  }

  async delete(digest: Digest, io?: Io): Promise<boolean> {
    throwIfAborted(io?.signal);
    try {
      await unlink(this.localPath(digest));
      return true;
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
      throw error;
    }
  }

  async *list(io?: Io): AsyncIterable<BlobInfo> {
    for (const algorithm of ['sha256', 'sha512']) {
      for await (const name of namesIn(join(this.#folders.blobs, algorithm))) {
        const digest = `${algorithm}:${name}`;
        if (!isDigest(digest)) continue;
        const info = await this.stat(digest, io);
        if (info !== undefined) yield info;
      }
    }
  }

  async lease(digest: Digest, ttlMs: number): Promise<Lease> {
    return createLease(this.#folders.leases, digest, ttlMs, this.#folders.tidy);
  }

  /** Digests that are leased now, each once. Leases that expired are removed. */
  leases(): AsyncIterable<Digest> {
    return leasedDigests(this.#folders.leases);
  }

  /** Removes writes that nobody has written to for so long. The number of those removed. */
  async collectIngests(olderThanMs: number): Promise<number> {
    let removed = 0;
    for await (const id of namesIn(this.#folders.ingests)) {
      const folder = join(this.#folders.ingests, id);
      const written = await lastWritten(folder);
      if (written === undefined || written.getTime() > Date.now() - olderThanMs) continue;
      const live = this.#live.get(id);
      if (live === undefined) await removeIngest(folder);
      else await live.abort();
      removed++;
    }
    return removed;
  }

  async *#read(digest: Digest, options: OpenOptions): Bytes {
    try {
      yield* fromFile(this.localPath(digest), options);
    } catch (error) {
      // Deleted after open() looked.
      if (isLadingError(error, 'FILE_NOT_FOUND')) throw blobNotFound(digest, this.#folders.blobs);
      throw error;
    }
  }

  async #begin(expected: Partial<Descriptor>): Promise<DirectoryIngest> {
    const id = randomUUID();
    const folder = join(this.#folders.ingests, id);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, idleName), '', { flag: 'wx' });
    return (await this.#fromFolder(id, expected))!;
  }

  async #resume(id: string, expected: Partial<Descriptor>): Promise<DirectoryIngest> {
    const superseded = this.#live.get(id)?.supersede(expected);
    if (superseded !== undefined) return superseded;
    // An id names a folder: nothing else may be reached by it.
    const ingest = /^[0-9a-f-]{36}$/.test(id) ? await this.#fromFolder(id, expected) : undefined;
    if (ingest === undefined) throw ingestNotFound(id);
    return ingest;
  }

  async #fromFolder(id: string, expected: Partial<Descriptor>): Promise<DirectoryIngest | undefined> {
    const folder = join(this.#folders.ingests, id);
    const partial = await takeOver(folder);
    if (partial === undefined) return undefined;
    return new DirectoryIngest({
      id,
      folder,
      partial,
      expected,
      blobPath: (digest) => this.localPath(digest),
      onClose: () => {
        this.#live.delete(id);
      },
      ...(this.#folders.tidy === undefined ? {} : { tidy: this.#folders.tidy }),
    });
  }
}

async function* namesIn(folder: string): AsyncGenerator<string, void, undefined> {
  try {
    for await (const entry of await opendir(folder)) yield entry.name;
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
