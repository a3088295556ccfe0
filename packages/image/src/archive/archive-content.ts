import type { Bytes, Io } from '@lading/bytes';
import { fromBuffer, slice } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';
import { type Digest, type Expected, verified } from '@lading/oci';
import {
  type BlobInfo,
  type ContentStore,
  digestOfTarget,
  type Ingest,
  type Lease,
  needlessLease,
  type OpenOptions,
  type Target,
} from '@lading/store';
import type { ArchiveFile, Member } from './archive-file.ts';

/** What an archive holds under a digest: a member, or bytes that were made while it was opened. */
export type ArchivedContent = Member | Uint8Array;

/** The content of an archive. It can be read only. */
export class ArchiveContent implements ContentStore {
  readonly #file: ArchiveFile;
  readonly #contents: ReadonlyMap<Digest, ArchivedContent>;

  constructor(file: ArchiveFile, contents: ReadonlyMap<Digest, ArchivedContent>) {
    this.#file = file;
    this.#contents = contents;
  }

  async stat(target: Target, io: Io = {}): Promise<BlobInfo | undefined> {
    throwIfAborted(io.signal);
    const digest = digestOfTarget(target);
    const content = this.#contents.get(digest);
    return content && { digest, size: sizeOf(content) };
  }

  async open(target: Target, io: OpenOptions = {}): Promise<Bytes> {
    throwIfAborted(io.signal);
    const digest = digestOfTarget(target);
    const content = this.#contents.get(digest);
    if (content === undefined) {
      throw new LadingError(
        'BLOB_NOT_FOUND',
        `Cannot open ${digest}: the archive ${this.#file.path} does not hold it`,
        {
          hint: 'The archive is incomplete; save the image again.',
          details: { digest },
        },
      );
    }
    if (io.range !== undefined) return this.#range(content, io, digest);
    if (content instanceof Uint8Array) return verified(fromBuffer(content), expectedOf(target));
    if (io.verify === false) return this.#file.stream(content, io);
    const { size = content.size } = expectedOf(target);
    if (size !== content.size) return verified(this.#file.stream(content, io), { digest, size });
    return this.#file.verified(content, digest, io);
  }

  async begin(): Promise<Ingest> {
    throw this.#readOnly();
  }

  async delete(): Promise<boolean> {
    throw this.#readOnly();
  }

  async *list(io: Io = {}): AsyncIterable<BlobInfo> {
    for (const [digest, content] of this.#contents) {
      throwIfAborted(io.signal);
      yield { digest, size: sizeOf(content) };
    }
  }

  /** Nothing collects what an archive holds. */
  async lease(content: Digest | readonly Digest[], ttlMs: number): Promise<Lease> {
    return needlessLease(content, ttlMs);
  }

  #range(content: ArchivedContent, { range, signal }: OpenOptions, digest: Digest): Bytes {
    const size = sizeOf(content);
    const { start, end = size } = range!;
    if (start < 0 || start > size || end < start) {
      throw new LadingError('RANGE_INVALID', `Cannot read bytes ${start}–${end} of ${digest}: it has ${size}`, {
        details: { digest, size },
      });
    }
    const last = Math.min(end, size);
    if (content instanceof Uint8Array) return slice(fromBuffer(content), { start, end: last });
    return this.#file.stream({ offset: content.offset + start, size: last - start }, { signal });
  }

  #readOnly(): LadingError {
    return new LadingError('STORE_READONLY', `Cannot write to archive ${this.#file.path}`, {
      hint: 'Copy what it holds to a store and change it there.',
    });
  }
}

function expectedOf(target: Target): Expected {
  return typeof target === 'string' ? { digest: target } : target;
}

function sizeOf(content: ArchivedContent): number {
  return content instanceof Uint8Array ? content.length : content.size;
}
