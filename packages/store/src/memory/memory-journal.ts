import type { Journal, JournalBatch } from '../journal/journal.ts';

/** A journal that lasts as long as the process, for tests. */
export function createMemoryJournal(): Journal {
  const batches: JournalBatch[] = [];
  return {
    async append(batch) {
      if ((batches.at(-1)?.first ?? 0) >= batch.first) return 'taken';
      batches.push({ first: batch.first, bytes: Buffer.from(batch.bytes) });
      return 'appended';
    },
    async *read(from) {
      for (const batch of batches) if (batch.first >= from) yield batch;
    },
    async replace(numbers, edit) {
      for (const [i, { first, bytes }] of batches.entries()) {
        if (numbers.includes(first)) batches[i] = { first, bytes: edit(bytes) };
      }
    },
    async close() {},
  };
}
