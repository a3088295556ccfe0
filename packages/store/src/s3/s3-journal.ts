import { collect } from '@lading/bytes';
import { inBatches } from '../internal/in-batches.ts';
import type { Journal, JournalBatch } from '../journal/journal.ts';
import { openBucket, type S3BucketOptions } from './open-bucket.ts';

/** More than any group of writes has; a sweep may have many. */
const maxBatchBytes = 256 << 20;
/** Objects that are fetched at once when the journal is read, or replaced. */
const atOnce = 16;

/**
 * A journal in a bucket: an object per batch, its number the key, written only where there is none. The service has to read what was written
 * last and to honour `If-None-Match` on PUT.
 */
export async function openS3Journal(options: S3BucketOptions): Promise<Journal> {
  const bucket = await openBucket(options);

  const read = async (key: string, io: { signal?: AbortSignal | undefined }): Promise<Buffer | undefined> => {
    const found = await bucket.get(key, io);
    return found && collect(found.body, { maxBytes: maxBatchBytes, what: key });
  };

  return {
    async append({ first, bytes }, io = {}) {
      for (;;) {
        if ((await bucket.put(keyOf(first), bytes, { over: null, signal: io.signal })) !== undefined) return 'appended';
        const there = await read(keyOf(first), io);
        // A request that was repeated, because its first answer was lost, finds what it wrote itself.
        if (there !== undefined) return there.equals(bytes) ? 'appended' : 'taken';
        // Refused because of another request that then failed.
      }
    },

    async *read(from, io = {}) {
      const keys = bucket.list('journal/', { after: keyOf(from - 1), signal: io.signal });
      for await (const some of inBatches(keys, atOnce)) {
        const batches = await Promise.all(
          some.map(async ({ key }): Promise<JournalBatch> => {
            const bytes = await read(key, io);
            return { first: numberOf(key), bytes: bytes ?? new Uint8Array() };
          }),
        );
        yield* batches;
      }
    },

    async replace(numbers, edit, io = {}) {
      for await (const some of inBatches(numbers.map(keyOf), atOnce)) {
        const replaceOne = async (key: string): Promise<void> => {
          const bytes = await read(key, io);
          if (bytes !== undefined) await bucket.put(key, edit(bytes), { signal: io.signal });
        };
        await Promise.all(some.map(replaceOne));
      }
    },

    async close() {
      bucket.close();
    },
  };
}

function keyOf(first: number): string {
  return `journal/${String(first).padStart(16, '0')}`;
}

function numberOf(key: string): number {
  return Number(key.slice(key.indexOf('/') + 1));
}
