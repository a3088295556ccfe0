import { existsSync } from 'node:fs';
import { type Bytes, fromFile, type Io } from '@lading/bytes';
import { isLadingError, throwIfAborted } from '@lading/errors';
import { type Digest, verified } from '@lading/oci';
import type {
  BeginOptions,
  BlobInfo,
  ContentStore,
  ExpectedContent,
  Ingest,
  Lease,
  OpenOptions,
  Target,
} from '../content-store.ts';
import { assertRoom, explainedWrite } from '../internal/disk-room.ts';
import { blobNotFound } from '../internal/failures.ts';
import { type LeaseNames, leasedDigests, NamedLease } from '../internal/named-lease.ts';
import { checkedRange } from '../internal/range.ts';
import { removeFile } from '../internal/remove-file.ts';
import { digestOfTarget } from '../target.ts';
import { listBlobs, publishBlob, renewBlob, statBlob, syncBlobName } from './blob-files.ts';
import { type CollectOptions, collectBlobs } from './collect-blobs.ts';
import { collectIngests } from './collect-ingests.ts';
import type { ContentFolders } from './content-folders.ts';
import type { Damage } from './damage.ts';
import { Ingests } from './ingests.ts';
import { leaseFiles } from './lease-files.ts';
import { type IngestInfo, listIngests } from './list-ingests.ts';
import { SweepGate } from './sweep-gate.ts';
import { type VerifyOptions, verifyBlobs } from './verify-blobs.ts';

/** Before writes of more than this it is asked whether there is room. */
const roomCheckBytes = 1 << 20;

/** Content in files, for the directory store and for OCI layouts, which keep blobs alike. */
export class DirectoryContent implements ContentStore {
  readonly #folders: ContentFolders;
  readonly #gate: SweepGate;
  readonly #leases: LeaseNames;
  readonly #ingests: Ingests;

  constructor(folders: ContentFolders) {
    this.#folders = folders;
    this.#gate = new SweepGate(folders);
    this.#leases = leaseFiles(folders, this.#gate);
    this.#ingests = new Ingests(folders, {
      publish: (path, digest) => publishBlob(folders, this.#gate, path, digest),
      renew: (digest, data) => renewBlob(folders, this.#gate, digest, data),
    });
  }

  localPath(digest: Digest): string {
    return this.#folders.blob(digest);
  }

  async stat(target: Target, io?: Io): Promise<BlobInfo | undefined> {
    throwIfAborted(io?.signal);
    return statBlob(this.#folders, digestOfTarget(target));
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

  async begin({ resume, orBegin, adopt, expected = {}, signal }: BeginOptions = {}): Promise<Ingest> {
    throwIfAborted(signal);
    if (resume !== undefined) return this.#ingests.resume(resume, expected, orBegin);
    const ingest = await this.#begin(expected, adopt === true);
    const missing = (expected.size ?? 0) - ingest.offset;
    if (missing <= roomCheckBytes) return ingest;
    try {
      await assertRoom(this.#folders.ingests, missing, expected.digest ?? 'content');
      return ingest;
    } catch (error) {
      await (ingest.offset > 0 ? ingest.suspend() : ingest.abort());
      throw error;
    }
  }

  async #begin(expected: ExpectedContent, adopt: boolean): Promise<Ingest> {
    try {
      return (adopt && (await this.#ingests.adopt(expected))) || (await this.#ingests.begin(expected));
    } catch (error) {
      throw explainedWrite(error, expected.digest ?? 'content');
    }
  }

  async delete(digest: Digest, io?: Io): Promise<boolean> {
    throwIfAborted(io?.signal);
    // What a check moved aside may be all but what its digest says.
    await removeFile(this.#folders.damagedBlob(digest));
    return removeFile(this.#folders.blob(digest));
  }

  list(io?: Io): AsyncIterable<BlobInfo> {
    return listBlobs(this.#folders, io);
  }

  async lease(content: Digest | readonly Digest[], ttlMs: number): Promise<Lease> {
    const digests = [content].flat();
    const lease = await NamedLease.take(this.#leases, digests, ttlMs);
    // Its name may be that of a writer who died before the sync: who holds on to content is about to refer to it.
    const here = digests.filter((digest) => existsSync(this.#folders.blob(digest)));
    await Promise.all(here.map((digest) => syncBlobName(this.#folders, digest)));
    return lease;
  }

  leases(): AsyncIterable<Digest> {
    return leasedDigests(this.#leases);
  }

  collect(candidates: Iterable<Digest> | AsyncIterable<Digest>, options: CollectOptions): AsyncIterable<BlobInfo> {
    return collectBlobs(this.#folders, this.#gate, this.#leases, candidates, options);
  }

  async assertRoom(bytes: number): Promise<void> {
    // What was written of suspended writes may be adopted: then it is not written again.
    let written = 0;
    for await (const { size } of this.ingests()) written += size;
    await assertRoom(this.#folders.ingests, bytes - written, 'content');
  }

  verify(options?: VerifyOptions): AsyncIterable<Damage> {
    return verifyBlobs(this.#folders, this.#gate, options);
  }

  ingests(): AsyncIterable<IngestInfo> {
    return listIngests(this.#folders);
  }

  async collectIngests(olderThanMs: number): Promise<number> {
    return collectIngests(this.#folders, this.#ingests, olderThanMs);
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
}
