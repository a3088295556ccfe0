import { randomUUID } from 'node:crypto';
import { type Bytes, collect, type Io, withSignal } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { algorithmOf, type Descriptor, type Digest, type DigestAlgorithm, Digester } from '@lading/oci';
import type { ExpectedContent } from '../content-store.ts';
import { expectedAlgorithm } from '../internal/expected-algorithm.ts';
import { checkedDescriptor, ingestClosed } from '../internal/failures.ts';
import { BlobData } from './blob-data.ts';
import type { Blobs } from './blobs.ts';
import type { Bucket } from './bucket.ts';
import { deleteData } from './discard.ts';
import { IngestRecord } from './ingest-record.ts';
import { abandonedMs, type IngestState, isReleased, stateKey } from './ingest-state.ts';
import type { PartBuffers } from './part-buffers.ts';
import type { Slots } from './slots.ts';
import type { StoredWrite } from './stored-write.ts';

/** What the writes of a store share. */
export interface WriteContext {
  readonly bucket: Bucket;
  readonly blobs: Blobs;
  readonly slots: Slots;
  /** For parts of the store's size, or of the one with which another writer began. */
  readonly buffersFor: (partBytes?: number) => PartBuffers;
  readonly partsPerObject: number;
}

/**
 * A write on its way: its bytes, their hash, and what is written down of it for others.
 *
 * What is written down depends on whether the digest is known beforehand. Where it is, this process will commit, and only what is worth
 * resuming is written down: an upload that was begun, and everything on `suspend()`. Where it is not, as in an upload through a registry
 * whose next request may reach another replica, everything is durable whenever a call resolves.
 */
export class BlobWrite {
  readonly id: string;
  readonly #context: WriteContext;
  #expected: ExpectedContent;
  readonly #data: BlobData;
  readonly #record: IngestRecord;
  /** The last bytes, which do not make a part yet, as an object for others. */
  #tail: IngestState['tail'];
  /** The tail that another writer left is not in memory yet. */
  #unread: boolean;
  /** Others do not know yet that this writer has it now. */
  #unclaimed: boolean;
  /** The other writer may still be at it. */
  readonly #isContested: boolean;
  /** Absent when another one wrote a part of the bytes. */
  #digester: Digester | undefined;
  /** Of everything that the other one left, until something is added. */
  #known: Digest | undefined;
  /** How many bytes others know of. */
  #savedBytes = -1;
  #savedAt = 0;
  /** Objects that are out of date. */
  readonly #litter: string[] = [];

  constructor(id: string, expected: ExpectedContent, context: WriteContext, stored?: StoredWrite) {
    this.id = id;
    this.#context = context;
    this.#expected = expected;
    this.#data = new BlobData({
      bucket: context.bucket,
      id,
      slots: context.slots,
      buffers: context.buffersFor(stored?.partBytes),
      partsPerObject: context.partsPerObject,
      objects: stored?.objects,
      upload: stored?.upload,
    });
    this.#record = new IngestRecord(context.bucket, id, stored?.etag);
    this.#tail = stored?.tail;
    this.#unread = stored?.tail !== undefined;
    this.#unclaimed = stored !== undefined;
    this.#isContested = stored !== undefined && !isReleased(stored);
    this.#known = stored?.digest;
    if (this.offset === 0) this.#digester = new Digester(this.#algorithm);
  }

  get offset(): number {
    return this.#data.size + (this.#unread ? (this.#tail?.size ?? 0) : 0);
  }

  /** Adds to what is expected of it. */
  expect(expected: ExpectedContent): void {
    this.#expected = { ...this.#expected, ...expected };
  }

  /** Of what is written down; `undefined` when nothing is. */
  get etag(): string | undefined {
    return this.#record.etag;
  }

  /** Writes down that this writer has it: any process then finds it by its id. Throws INGEST_CLOSED when another was faster. */
  async register(io: Io): Promise<void> {
    await this.#save('open', io);
  }

  async append(bytes: Bytes, io: Io): Promise<void> {
    await this.#takeOver(io);
    let failure: { readonly error: unknown } | undefined;
    try {
      for await (const chunk of withSignal(bytes, io.signal)) await this.#take(chunk, io);
    } catch (error) {
      failure = { error };
    }
    // Also what arrived before a failure is kept, and then without the signal, which may be what failed.
    if (this.#expected.digest === undefined) {
      await this.#keep('open', failure === undefined ? io : {}).catch((error: unknown) => {
        failure ??= { error };
      });
    }
    if (failure !== undefined) throw failure.error;
  }

  async commit(expected: Partial<Descriptor>, io: Io): Promise<Descriptor> {
    const stated = { ...this.#expected, ...expected };
    const algorithm = stated.digest === undefined ? this.#algorithm : algorithmOf(stated.digest);
    await this.#readTail(io);
    try {
      const publish = this.#data.isGathered ? this.#publishContent : this.#publishData;
      return await publish.call(this, algorithm, stated, io);
    } catch (error) {
      if (isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) await this.#destroy().catch(() => {});
      throw error;
    }
  }

  /** Frees what it took, unless somebody else has it now. */
  async abort(): Promise<void> {
    try {
      if (this.etag !== undefined) await this.#save('discard', {});
    } catch (error) {
      if (isLadingError(error, 'INGEST_CLOSED')) return;
      throw error;
    }
    await this.#destroy();
  }

  async suspend(): Promise<void> {
    try {
      if (this.offset > 0 || this.etag !== undefined) await this.#keep('suspended', {});
    } finally {
      await this.#data.drop();
    }
  }

  /** One request: the content is its own object. */
  async #publishContent(algorithm: DigestAlgorithm, stated: Partial<Descriptor>, io: Io): Promise<Descriptor> {
    const content = this.#data.gathered;
    const digest = this.#digest(algorithm) ?? new Digester(algorithm).update(content).digest();
    const descriptor = checkedDescriptor({ digest, size: content.length }, stated);
    await this.#context.blobs.publishContent(digest, content, io);
    await this.#tidy();
    return descriptor;
  }

  /** The data stays where it is; what makes it visible is a pointer to it, written last. */
  async #publishData(algorithm: DigestAlgorithm, stated: Partial<Descriptor>, io: Io): Promise<Descriptor> {
    const size = this.offset;
    let digest = this.#digest(algorithm);
    if (digest !== undefined) checkedDescriptor({ digest, size }, stated);
    const promised = digest ?? stated.digest;
    await this.#save('commit', io, promised);
    const objects = await this.#data.finish(io);
    if (digest === undefined) {
      digest = await this.#readBack(algorithm, io);
      checkedDescriptor({ digest, size }, stated);
      if (promised === undefined) await this.#save('commit', io, digest);
    }
    await this.#context.blobs.publishData(digest, { data: this.id, objects }, size, io);
    await this.#tidy();
    return checkedDescriptor({ digest, size }, stated);
  }

  async #take(chunk: Uint8Array, io: Io): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      // Not before there is more: what turns out to be a single part takes a single request.
      if (this.#data.isFull) await this.#data.sendPart(() => this.#save('open', io), io);
      const count = this.#data.add(chunk.subarray(at));
      this.#digester?.update(chunk.subarray(at, at + count));
      this.#known = undefined;
      at += count;
    }
    // A source may be slower than what counts as abandoned.
    if (this.etag !== undefined && Date.now() - this.#savedAt > abandonedMs / 5) await this.#save('open', io);
  }

  /** Makes everything so far durable, and known to others. */
  async #keep(phase: 'open' | 'suspended', io: Io): Promise<void> {
    await this.#readTail(io);
    await this.#data.settle(io);
    if (this.#savedBytes === this.offset && phase === 'open') return;
    const { gathered, storedBytes } = this.#data;
    if (gathered.length > 0 && this.#coveredBytes !== this.offset) {
      const key = `ingest/${this.id}/${randomUUID()}`;
      await this.#context.bucket.put(key, gathered, io);
      this.#replaceTail({ key, start: storedBytes, size: gathered.length });
    }
    await this.#save(phase, io);
  }

  async #save(phase: IngestState['phase'], io: Io, final?: Digest): Promise<void> {
    const covered = this.#coveredBytes;
    const digest = final ?? (covered === this.offset ? this.#digest(this.#algorithm) : undefined);
    await this.#record.save({ ...this.#data.stored, phase, tail: this.#tail, digest }, io);
    this.#savedBytes = covered;
    this.#savedAt = Date.now();
  }

  /** How many bytes would be known to others, were it written down now. */
  get #coveredBytes(): number {
    const { storedBytes } = this.#data;
    return storedBytes + (this.#tail?.start === storedBytes ? this.#tail.size : 0);
  }

  async #takeOver(io: Io): Promise<void> {
    if (!this.#unclaimed) return;
    await this.#save('open', io);
    if (this.#isContested) await this.#data.takeOver(io);
    await this.#readTail(io);
    this.#unclaimed = false;
  }

  /** Into memory, as the beginning of the next part. */
  async #readTail(io: Io): Promise<void> {
    const tail = this.#tail;
    if (!this.#unread || tail === undefined) return;
    const found = await this.#context.bucket.get(tail.key, io);
    if (found === undefined) throw ingestClosed(this.id, 'it was continued or ended elsewhere');
    const bytes = await collect(found.body, { maxBytes: tail.size, what: `the tail of ingest ${this.id}`, ...io });
    if (this.#data.isGathered) this.#digester = new Digester(this.#algorithm).update(bytes);
    this.#data.add(bytes);
    this.#unread = false;
  }

  /** The hash of what lies in data objects, when parts of it were written elsewhere. */
  async #readBack(algorithm: DigestAlgorithm, io: Io): Promise<Digest> {
    const digester = new Digester(algorithm);
    for await (const chunk of this.#data.read(io)) digester.update(chunk);
    return digester.digest();
  }

  get #algorithm(): DigestAlgorithm {
    return expectedAlgorithm(this.#expected);
  }

  #digest(algorithm: DigestAlgorithm): Digest | undefined {
    if (this.#digester?.algorithm === algorithm) return this.#digester.copy().digest();
    return this.#known !== undefined && algorithmOf(this.#known) === algorithm ? this.#known : undefined;
  }

  #replaceTail(tail: IngestState['tail']): void {
    if (this.#tail !== undefined) this.#litter.push(this.#tail.key);
    this.#tail = tail;
  }

  /** After a commit. What fails here is found by a collection. */
  async #tidy(): Promise<void> {
    await this.#data.drop();
    this.#replaceTail(undefined);
    if (this.etag === undefined) return;
    await this.#context.bucket.delete([...this.#litter, stateKey(this.id)]).catch(() => {});
  }

  async #destroy(): Promise<void> {
    await this.#data.abort();
    if (this.etag !== undefined) await deleteData(this.#context.bucket, this.id);
  }
}
