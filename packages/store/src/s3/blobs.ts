import { type ByteRange, type Bytes, fromBuffer, type Io } from '@lading/bytes';
import type { Digest } from '@lading/oci';
import type { BlobInfo, OpenOptions } from '../content-store.ts';
import { blobNotFound } from '../internal/failures.ts';
import { inBatches } from '../internal/in-batches.ts';
import { checkedRange } from '../internal/range.ts';
import { BlobCache } from './blob-cache.ts';
import {
  type BlobEntry,
  blobKey,
  digestOfKey,
  entryOf,
  type Pointer,
  pointerBody,
  pointerBytes,
  pointerMetadata,
} from './blob-entry.ts';
import type { Bucket, Listed, ObjectBody } from './bucket.ts';
import { discard } from './discard.ts';
import { dataKey } from './ingest-state.ts';
import { type Extent, readObject } from './read-object.ts';
import type { SweepGate } from './sweep-gate.ts';

const cachedEntries = 10_000;
const headsAtOnce = 16;

/** Where a read begins: its first answer is there. */
export interface OpenedBlob {
  readonly bytes: Bytes;
  /** Of the whole blob, in bytes. */
  readonly size: number;
}

/** The blobs of a store: what is whole, verified and visible. */
export class Blobs {
  readonly #bucket: Bucket;
  readonly #gate: SweepGate;
  readonly #cache = new BlobCache(cachedEntries);

  constructor(bucket: Bucket, gate: SweepGate) {
    this.#bucket = bucket;
    this.#gate = gate;
  }

  /** Asks the service, always: another process may have deleted it. */
  async find(digest: Digest, io?: Io): Promise<BlobEntry | undefined> {
    const info = await this.#bucket.head(blobKey(digest), io);
    return this.#seen(digest, info && entryOf(info));
  }

  /** The first request is made here, so absent content is told here. One request where the blob was seen before. */
  async open(digest: Digest, { range, signal }: OpenOptions): Promise<OpenedBlob> {
    const io = { signal };
    const known = this.#cache.get(digest);
    const opened = known && (await this.#openAt(digest, known, range, io));
    if (opened !== undefined) return opened;
    // Most are the content itself.
    const answer = range === undefined ? await this.#bucket.get(blobKey(digest), io) : undefined;
    const info = range === undefined ? answer?.info : await this.#bucket.head(blobKey(digest), io);
    const entry = this.#seen(digest, info && entryOf(info));
    if (entry === undefined) throw blobNotFound(digest, this.#bucket.where);
    if (answer !== undefined && entry.pointer === undefined) {
      return { bytes: this.#read(digest, entry, 0, entry.size, io, answer), size: entry.size };
    }
    answer?.body.resume();
    const found = await this.#openAt(digest, entry, range, io);
    if (found === undefined) throw blobNotFound(digest, this.#bucket.where);
    return found;
  }

  /** The object that is the content; `undefined` when there is none, or several. */
  async objectOf(digest: Digest, io?: Io): Promise<string | undefined> {
    const entry = this.#cache.get(digest) ?? (await this.find(digest, io));
    if (entry === undefined) return undefined;
    if (entry.pointer === undefined) return blobKey(digest);
    return entry.pointer.objects === 1 ? dataKey(entry.pointer.data, 0) : undefined;
  }

  /** Makes small content visible. */
  async publishContent(digest: Digest, content: Uint8Array, io: Io): Promise<void> {
    await this.#publish(digest, content, { size: content.length }, io);
  }

  /** Makes content visible that lies in the data objects of an ingest. */
  async publishData(digest: Digest, pointer: Pointer, size: number, io: Io): Promise<void> {
    await this.#publish(digest, undefined, { size, pointer }, io);
  }

  /** True when it was there. */
  async delete(digest: Digest, io?: Io): Promise<boolean> {
    for (;;) {
      const entry = await this.find(digest, io);
      if (entry === undefined) return false;
      if (await this.remove(digest, entry, io)) return true;
    }
  }

  /** Deletes exactly this one: false when it was replaced meanwhile. */
  async remove(digest: Digest, { pointer, etag }: BlobEntry, io?: Io): Promise<boolean> {
    this.#cache.delete(digest);
    const remove = async (): Promise<boolean> => {
      if (await this.#bucket.deleteVersion(blobKey(digest), etag, io)) return true;
      // A request that was repeated, because its first answer was lost, finds nothing.
      return (await this.find(digest, io)) === undefined;
    };
    return pointer === undefined ? remove() : discard(this.#bucket, pointer, digest, remove, io);
  }

  async *list(io?: Io): AsyncGenerator<BlobInfo, void, undefined> {
    for await (const listed of inBatches(this.#bucket.list('blobs/', io), headsAtOnce))
      yield* await this.#infos(listed, io);
  }

  async #infos(listed: readonly Listed[], io?: Io): Promise<readonly BlobInfo[]> {
    const infos = await Promise.all(
      listed.map(async ({ key, size, modifiedAt }): Promise<BlobInfo[]> => {
        const digest = digestOfKey(key);
        if (digest === undefined) return [];
        // Only of pointers, and of content that is as long as they, the size has to be asked for.
        if (size !== pointerBytes) return [{ digest, size, createdAt: modifiedAt }];
        const entry = await this.find(digest, io);
        return entry === undefined ? [] : [{ digest, size: entry.size, createdAt: entry.createdAt }];
      }),
    );
    return infos.flat();
  }

  async #publish(
    digest: Digest,
    content: Uint8Array | undefined,
    { size, pointer }: { readonly size: number; readonly pointer?: Pointer },
    io: Io,
  ): Promise<void> {
    const key = blobKey(digest);
    const body = content ?? pointerBody();
    const metadata = pointer && pointerMetadata(pointer, size);
    const put = (over: string | null): Promise<string | undefined> =>
      this.#bucket.put(key, body, { metadata, over, signal: io.signal });
    let etag = await put(null);
    while (etag === undefined) {
      // It is there. It is written again nevertheless: its age counts from its last commit, and what was damaged is healed.
      const current = await this.find(digest, io);
      const replace = async (): Promise<boolean> => {
        etag = await put(current?.etag ?? null);
        if (etag !== undefined) return true;
        // A request that was repeated, because its first answer was lost, finds what it wrote itself.
        const written = await this.find(digest, io);
        if (written !== undefined && written.pointer?.data === pointer?.data) etag = written.etag;
        return etag !== undefined;
      };
      const former = current?.pointer;
      if (former === undefined || former.data === pointer?.data) await replace();
      else await discard(this.#bucket, former, digest, replace, io);
      // A sweep that saw the old one may have taken the new one for it.
      await this.#gate.settle(io);
      if ((await this.find(digest, io)) === undefined) etag = undefined;
    }
    this.#cache.set(digest, { size, pointer, etag, createdAt: new Date() });
  }

  /** `undefined` when its bytes are not there (any more): the entry is out of date. */
  async #openAt(
    digest: Digest,
    entry: BlobEntry,
    range: ByteRange | undefined,
    io: Io,
  ): Promise<OpenedBlob | undefined> {
    const { size } = entry;
    const { start, end } = checkedRange(range ?? { start: 0 }, size, digest);
    if (start === end) return { bytes: fromBuffer(new Uint8Array()), size };
    const [extent] = (await this.#extents(digest, entry, start, end, io)) ?? [];
    const answer = extent && (await this.#bucket.get(extent.key, { ...extent, ...io }));
    if (answer === undefined) return undefined;
    if (entryOf(answer.info).pointer === undefined) {
      return { bytes: this.#read(digest, entry, start, end, io, answer), size };
    }
    answer.body.resume();
    return undefined;
  }

  async *#read(digest: Digest, found: BlobEntry, start: number, end: number, io: Io, first: ObjectBody): Bytes {
    let answer: ObjectBody | undefined = first;
    let entry = found;
    for (let at = start, moves = 0; at < end; ) {
      let moved = false;
      const absent = async (): Promise<Error> => {
        moved = true;
        return blobNotFound(digest, this.#bucket.where);
      };
      try {
        const extents = await this.#extents(digest, entry, at, end, io);
        if (extents === undefined) throw await absent();
        for (const extent of extents) {
          for await (const chunk of readObject(this.#bucket, extent, absent, io, answer)) {
            at += chunk.length;
            yield chunk;
          }
          answer = undefined;
        }
      } catch (error) {
        // Committed again by someone else, its objects are others now, with the same bytes.
        const current = moved && ++moves < 4 ? await this.find(digest, io) : undefined;
        if (current === undefined) throw error;
        answer = undefined;
        entry = current;
      }
    }
  }

  /** Which bytes of which objects; `undefined` when the objects are not there. */
  async #extents(
    digest: Digest,
    { pointer, size }: BlobEntry,
    start: number,
    end: number,
    io: Io,
  ): Promise<readonly Extent[] | undefined> {
    if (pointer === undefined) return [{ key: blobKey(digest), start, end }];
    const sizes = pointer.objects === 1 ? [size] : await this.#sizes(pointer, io);
    const extents: Extent[] = [];
    let begin = 0;
    for (const [index, bytes] of sizes.entries()) {
      const from = Math.max(start - begin, 0);
      const to = Math.min(end - begin, bytes);
      if (from < to) extents.push({ key: dataKey(pointer.data, index), start: from, end: to });
      begin += bytes;
    }
    return begin === size ? extents : undefined;
  }

  /** Of a blob that several processes wrote one after another. */
  async #sizes({ data, objects }: Pointer, io: Io): Promise<readonly number[]> {
    const sizes = new Array<number>(objects).fill(0);
    for await (const { key, size } of this.#bucket.list(`data/${data}/`, io)) {
      const index = Number(key.slice(key.lastIndexOf('/') + 1));
      if (index < objects) sizes[index] = size;
    }
    return sizes;
  }

  #seen(digest: Digest, entry: BlobEntry | undefined): BlobEntry | undefined {
    if (entry === undefined) this.#cache.delete(digest);
    else this.#cache.set(digest, entry);
    return entry;
  }
}
