import type { Io } from '@lading/bytes';

/** What was appended at once, and so is there as a whole or not at all. */
export interface JournalBatch {
  /** The number of its first record. */
  readonly first: number;
  readonly bytes: Uint8Array;
}

/**
 * An append-only log beside the content, for what content does not tell. It knows nothing of what batches hold, only their numbers, which
 * go up. Writers exclude each other by a lock of their own.
 */
export interface Journal {
  /**
   * Durable when it resolves with 'appended'. 'taken': somebody appended this number or a later one; nothing was written. Should the callers'
   * lock fail, at most one of them gets the number. The same batch again may be 'appended' again, and is there once.
   */
  append(batch: JournalBatch, io?: Io): Promise<'appended' | 'taken'>;
  /** The batches whose first number is `from` or higher, in order; each is durable. Throws JOURNAL_DAMAGED. */
  read(from: number, io?: Io): AsyncIterable<JournalBatch>;
  /** Puts what `edit` makes of them in the place of the batches with these numbers, for what must not be kept. Under the callers' lock. */
  replace(numbers: readonly number[], edit: (bytes: Uint8Array) => Uint8Array, io?: Io): Promise<void>;
  close(): Promise<void>;
}
