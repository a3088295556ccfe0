import type { Bytes, Io } from '@lading/bytes';
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
import { ingestBusy, ingestNotFound } from '../internal/failures.ts';
import { type LeaseNames, leasedDigests, NamedLease } from '../internal/named-lease.ts';
import { digestOfTarget } from '../target.ts';
import { BlobWrite, type WriteContext } from './blob-write.ts';
import { type CollectOptions, collectBlobs } from './collect-blobs.ts';
import { collectIngests } from './collect-ingests.ts';
import { idPrefix, isAbandoned, isIngestId, newIngestId, stateKey } from './ingest-state.ts';
import { leaseObjects } from './lease-objects.ts';
import { S3Ingest } from './s3-ingest.ts';
import { loadWrite, type StoredWrite } from './stored-write.ts';
import type { SweepGate } from './sweep-gate.ts';

/** Content in a bucket. */
export class S3Content implements ContentStore {
  readonly #context: WriteContext;
  readonly #gate: SweepGate;
  readonly #leases: LeaseNames;
  /** Ingests of this process, with the hash of what they wrote so far. */
  readonly #live = new Map<string, S3Ingest>();

  constructor(context: WriteContext, gate: SweepGate) {
    this.#context = context;
    this.#gate = gate;
    this.#leases = leaseObjects(context.bucket, gate);
  }

  async stat(target: Target, io?: Io): Promise<BlobInfo | undefined> {
    const digest = digestOfTarget(target);
    const entry = await this.#context.blobs.find(digest, io);
    return entry && { digest, size: entry.size, createdAt: entry.createdAt };
  }

  async open(target: Target, io: OpenOptions = {}): Promise<Bytes> {
    throwIfAborted(io.signal);
    const digest = digestOfTarget(target);
    const { bytes, size } = await this.#context.blobs.open(digest, io);
    if (io.range !== undefined || io.verify === false) return bytes;
    return verified(bytes, typeof target === 'string' ? { digest, size } : target);
  }

  async presign(digest: Digest, ttlMs: number, io?: Io): Promise<string | undefined> {
    const key = await this.#context.blobs.objectOf(digest, io);
    return key === undefined ? undefined : this.#context.bucket.presign(key, ttlMs);
  }

  async begin({ expected = {}, resume, orBegin, adopt, signal }: BeginOptions = {}): Promise<Ingest> {
    throwIfAborted(signal);
    if (resume !== undefined) return this.#resume(resume, orBegin, expected, { signal });
    const adopted =
      adopt === true && expected.digest !== undefined && (await this.#adopt(expected.digest, expected, { signal }));
    if (adopted) return this.#hold(adopted);
    const write = new BlobWrite(newIngestId(expected.digest), expected, this.#context);
    // Without a digest it is the beginning of an upload in several requests, and the next may reach another process.
    if (expected.digest === undefined) await write.register({ signal });
    return this.#hold(write);
  }

  async delete(digest: Digest, io?: Io): Promise<boolean> {
    return this.#context.blobs.delete(digest, io);
  }

  list(io?: Io): AsyncIterable<BlobInfo> {
    return this.#context.blobs.list(io);
  }

  async lease(content: Digest | readonly Digest[], ttlMs: number): Promise<Lease> {
    return NamedLease.take(this.#leases, [content].flat(), ttlMs);
  }

  leases(io?: Io): AsyncIterable<Digest> {
    return leasedDigests(this.#leases, io);
  }

  collect(
    candidates: Iterable<Digest> | AsyncIterable<Digest>,
    options: CollectOptions,
  ): AsyncGenerator<BlobInfo, void, undefined> {
    return collectBlobs(this.#context.blobs, this.#gate, this.#leases, candidates, options);
  }

  async collectIngests(olderThanMs: number): Promise<number> {
    return collectIngests(this.#context.bucket, olderThanMs);
  }

  #hold(write: BlobWrite): S3Ingest {
    const ingest = new S3Ingest(write, (ended) => {
      if (this.#live.get(ended.id) === ended) this.#live.delete(ended.id);
    });
    this.#live.set(write.id, ingest);
    return ingest;
  }

  async #resume(
    id: string,
    orBegin: ExpectedContent | undefined,
    expected: ExpectedContent,
    io: Io,
  ): Promise<S3Ingest> {
    if (!isIngestId(id)) throw ingestNotFound(id);
    const live = this.#live.get(id);
    if (live !== undefined && !live.busy && (await this.#isCurrent(live, io)) && live.leave()) {
      live.write.expect(expected);
      return this.#hold(live.write);
    }
    if (live !== undefined && live.write.etag === undefined) {
      // Busy with what nobody else knows of: nothing of it is safely taken yet.
      live.leave();
      return this.#hold(new BlobWrite(id, expected, this.#context));
    }
    const stored = await loadWrite(this.#context.bucket, id, io);
    if (stored === undefined && orBegin !== undefined) {
      live?.leave();
      const write = new BlobWrite(id, orBegin, this.#context);
      // Of what is known by its digest, one request brings all.
      if (orBegin.digest === undefined) await write.register(io);
      return this.#hold(write);
    }
    if (stored === undefined) throw ingestNotFound(id);
    if (stored.phase === 'commit' && !isAbandoned(stored, stored.lastWritten)) throw ingestBusy(id);
    live?.leave();
    return this.#hold(new BlobWrite(id, expected, this.#context, stored));
  }

  /** Whether nobody else went on with it. */
  async #isCurrent({ write }: S3Ingest, io: Io): Promise<boolean> {
    if (write.etag === undefined) return true;
    return (await this.#context.bucket.head(stateKey(write.id), io))?.etag === write.etag;
  }

  /** The furthest write of this content that nobody has in hand. */
  async #adopt(digest: Digest, expected: ExpectedContent, io: Io): Promise<BlobWrite | undefined> {
    const { bucket } = this.#context;
    const found: (StoredWrite & { readonly id: string })[] = [];
    for await (const { key } of bucket.list(`ingest/${idPrefix(digest)}`, io)) {
      const [, id = '', name] = key.split('/');
      if (name !== 'state' || this.#live.has(id)) continue;
      const stored = await loadWrite(bucket, id, io);
      if (stored !== undefined && isAbandoned(stored, stored.lastWritten)) found.push({ ...stored, id });
    }
    for (const { id, ...stored } of found.toSorted((one, two) => two.offset - one.offset)) {
      const write = new BlobWrite(id, expected, this.#context, stored);
      try {
        await write.register(io);
        return write;
      } catch (error) {
        if (!isLadingError(error, 'INGEST_CLOSED')) throw error;
      }
    }
    return undefined;
  }
}
