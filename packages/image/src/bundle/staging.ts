import { type Bytes, collect, fromBuffer, type Io, tap } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { algorithmOf, type Descriptor, type Digest, Digester, maxManifestBytes } from '@lading/oci';
import type { ContentStore, Ingest, Lease } from '@lading/store';
import { archiveInvalid } from '../archive/archive-invalid.ts';
import { Pool } from '../copy/pool.ts';

/** Up to this size content is held until it is written, so that many small writes go on at once. */
const smallBytes = maxManifestBytes;
const maxHeldBytes = 16 << 20;
const maxWrites = 16;
const maxCommits = 8;
/** Manifests wait in memory until all of them can be looked at together. */
const maxManifestsBytes = 64 << 20;
const leaseMs = 24 * 3600 * 1000;

/**
 * Content on its way into a store, verified and not yet visible: each blob is an ingest that is whole. `commit()` shows them, `discard()`
 * removes what was not committed; after a crash the store collects it.
 */
export class Staging {
  /** Bytes of each content that arrived with its digest. */
  readonly sizes: Map<Digest, number> = new Map();
  /** Of what may be a manifest: the bytes. */
  readonly manifests: Map<Digest, Uint8Array> = new Map();
  readonly #where: string;
  readonly #content: ContentStore | undefined;
  readonly #ingests = new Map<Digest, Ingest>();
  readonly #leases: Lease[] = [];
  readonly #writes = new Set<Promise<void>>();
  #heldBytes = 0;
  #manifestsBytes = 0;
  #failure: unknown;

  /** Without a store content is verified and forgotten. */
  constructor(where: string, content: ContentStore | undefined) {
    this.#where = where;
    this.#content = content;
  }

  /** Takes one blob. Throws DIGEST_MISMATCH, ARCHIVE_INVALID for too many manifests, and what writing throws, perhaps that of an earlier blob. */
  async take(digest: Digest, size: number, bytes: Bytes, io: Io): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (size > smallBytes) await this.#stream(digest, size, bytes, io);
    else await this.#hold(digest, await collect(bytes, { maxBytes: smallBytes, what: digest, signal: io.signal }), io);
    this.sizes.set(digest, size);
  }

  /** Waits until everything that was taken is written. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#writes);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Makes content visible, several at once. All of it was verified; only writing can fail. */
  async commit(descriptors: Iterable<Pick<Descriptor, 'digest' | 'size'>>, io: Io): Promise<void> {
    const pool = new Pool(maxCommits);
    const commits = [...descriptors].map(({ digest, size }) =>
      pool.run(async () => {
        const ingest = this.#ingests.get(digest);
        if (ingest === undefined || this.#failure !== undefined) return;
        try {
          await ingest.commit({ digest, size }, io);
          this.#ingests.delete(digest);
        } catch (error) {
          this.#failure ??= error;
        }
      }),
    );
    await Promise.all(commits);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Removes what is not committed, and lets go of what was there. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#writes);
    const pool = new Pool(maxCommits);
    // What cannot be removed now is collected later.
    await Promise.allSettled([...this.#ingests.values()].map((ingest) => pool.run(() => ingest.abort())));
    await Promise.allSettled(this.#leases.map((lease) => pool.run(() => lease.release())));
    this.#ingests.clear();
    this.#leases.length = 0;
  }

  async #stream(digest: Digest, size: number, bytes: Bytes, io: Io): Promise<void> {
    const digester = new Digester(algorithmOf(digest));
    const hashed = tap(bytes, (chunk) => digester.update(chunk));
    const ingest = await this.#begin(digest, size, io);
    if (ingest === undefined) for await (const _ of hashed);
    else await ingest.append(hashed, io);
    this.#assertIs(digest, digester);
  }

  async #hold(digest: Digest, bytes: Uint8Array, io: Io): Promise<void> {
    this.#assertIs(digest, new Digester(algorithmOf(digest)).update(bytes));
    if (mayBeManifest(bytes)) {
      this.#manifestsBytes += bytes.length;
      if (this.#manifestsBytes > maxManifestsBytes) {
        throw archiveInvalid(this.#where, `it has more than ${maxManifestsBytes} bytes of manifests`);
      }
      this.manifests.set(digest, bytes);
    }
    if (this.#content === undefined) return;
    while (this.#writes.size >= maxWrites || (this.#writes.size > 0 && this.#heldBytes + bytes.length > maxHeldBytes)) {
      await Promise.race(this.#writes);
    }
    this.#heldBytes += bytes.length;
    const write = this.#write(digest, bytes, io)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#heldBytes -= bytes.length;
        this.#writes.delete(write);
      });
    this.#writes.add(write);
  }

  async #write(digest: Digest, bytes: Uint8Array, io: Io): Promise<void> {
    const ingest = await this.#begin(digest, bytes.length, io);
    await ingest?.append(fromBuffer(bytes), io);
  }

  /** Undefined for what need not be written: it is there, and is held there until this import is over. */
  async #begin(digest: Digest, size: number, io: Io): Promise<Ingest | undefined> {
    const content = this.#content;
    if (content === undefined) return undefined;
    if ((await content.stat(digest, io)) !== undefined) {
      this.#leases.push(await content.lease(digest, leaseMs));
      // Collected between the look and the lease?
      if ((await content.stat(digest, io))?.size === size) return undefined;
    }
    const ingest = await content.begin({ expected: { digest, size }, signal: io.signal });
    this.#ingests.set(digest, ingest);
    return ingest;
  }

  #assertIs(digest: Digest, digester: Digester): void {
    const actual = digester.digest();
    if (actual === digest) return;
    throw new LadingError(
      'DIGEST_MISMATCH',
      `Cannot open archive ${this.#where}: what it holds as ${digest} has the digest ${actual}`,
      {
        hint: 'The file was damaged or changed; fetch or export it again.',
        details: { where: this.#where, expected: digest, actual },
      },
    );
  }
}

function mayBeManifest(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return /^\s*\{/.test(text.toString('latin1', 0, 64)) && text.includes('"schemaVersion"');
}
