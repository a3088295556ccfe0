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
    async replace(replacements) {
      for (const { first, bytes } of replacements) {
        const index = batches.findIndex((batch) => batch.first === first);
        if (index >= 0) batches[index] = { first, bytes: Buffer.from(bytes) };
      }
    },
    async close() {},
  };
}
