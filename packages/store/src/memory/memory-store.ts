import { randomUUID } from 'node:crypto';
import type { Bytes, Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { type Digest, verified } from '@lading/oci';
import type { BeginOptions, BlobInfo, ContentStore, Ingest, Lease, OpenOptions, Target } from '../content-store.ts';
import { blobNotFound, ingestNotFound } from '../internal/failures.ts';
import { checkedRange } from '../internal/range.ts';
import { digestOfTarget } from '../target.ts';
import { type MemoryBlob, MemoryIngest } from './memory-ingest.ts';

const chunkBytes = 256 << 10;

/** Content in this process's memory: for tests and for small things on their way. */
export interface MemoryStore extends ContentStore {
  /** Digests that are leased now, each once. */
  leases(): AsyncIterable<Digest>;
}

export function createMemoryStore(): MemoryStore {
  const blobs = new Map<Digest, MemoryBlob>();
  const ingests = new Map<string, MemoryIngest>();
  const leases = new Set<Lease>();

  async function* read(data: Buffer): Bytes {
    // Copies: a chunk belongs to its reader, who may write into it.
    for (let at = 0; at < data.length; at += chunkBytes) yield Buffer.from(data.subarray(at, at + chunkBytes));
  }

  const adoptable = ({ adopt, expected }: BeginOptions): string | undefined => {
    if (adopt !== true || expected?.digest === undefined) return undefined;
    for (const ingest of ingests.values()) {
      if (ingest.suspended && ingest.expected.digest === expected.digest) return ingest.id;
    }
    return undefined;
  };

  return {
    async stat(target: Target, io?: Io): Promise<BlobInfo | undefined> {
      throwIfAborted(io?.signal);
      const digest = digestOfTarget(target);
      const blob = blobs.get(digest);
      return blob && { digest, size: blob.data.length, createdAt: blob.createdAt };
    },

    async open(target: Target, io: OpenOptions = {}): Promise<Bytes> {
      throwIfAborted(io.signal);
      const digest = digestOfTarget(target);
      const data = blobs.get(digest)?.data;
      if (data === undefined) throw blobNotFound(digest, 'the store in memory');
      if (io.range !== undefined) {
        const { start, end } = checkedRange(io.range, data.length, digest);
        return abortable(read(data.subarray(start, end)), io.signal);
      }
      return verified(abortable(read(data), io.signal), typeof target === 'string' ? { digest } : target);
    },

    async begin(options: BeginOptions = {}): Promise<Ingest> {
      throwIfAborted(options.signal);
      const id = options.resume ?? adoptable(options) ?? randomUUID();
      const earlier = ingests.get(id);
      if (options.resume !== undefined && earlier === undefined && options.orBegin === undefined)
        throw ingestNotFound(id);
      const ingest = new MemoryIngest(
        id,
        blobs,
        ingests,
        { ...(earlier?.expected ?? options.orBegin), ...options.expected },
        earlier,
      );
      ingests.set(id, ingest);
      return ingest;
    },

    async delete(digest: Digest): Promise<boolean> {
      return blobs.delete(digest);
    },

    async *list(io?: Io): AsyncIterable<BlobInfo> {
      for (const [digest, { data, createdAt }] of [...blobs]) {
        throwIfAborted(io?.signal);
        yield { digest, size: data.length, createdAt };
      }
    },

    async lease(content: Digest | readonly Digest[], ttlMs: number): Promise<Lease> {
      let expiresAt = new Date(Date.now() + ttlMs);
      const lease: Lease = {
        digests: [content].flat(),
        get expiresAt() {
          return expiresAt;
        },
        renew: async (ttlMs) => {
          expiresAt = new Date(Date.now() + ttlMs);
          leases.add(lease);
        },
        release: async () => void leases.delete(lease),
      };
      leases.add(lease);
      return lease;
    },

    async *leases(): AsyncIterable<Digest> {
      for (const lease of leases) if (lease.expiresAt.getTime() <= Date.now()) leases.delete(lease);
      yield* new Set([...leases].flatMap((lease) => lease.digests));
    },
  };
}

async function* abortable(bytes: Bytes, signal: AbortSignal | undefined): Bytes {
  for await (const chunk of bytes) {
    throwIfAborted(signal);
    yield chunk;
  }
}
