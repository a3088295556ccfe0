import type { Digest } from '@lading/oci';
import type { Statements } from '../database/database.ts';
import type { AuditFilter } from './audit.ts';
import type { Actor, Entry, LedgerRecord } from './entry.ts';

/** The one way to change what the catalog says: enter what happened, and the tables follow. */
export interface Ledger {
  /**
   * Runs `work` alone among writers. What it enters is in the tables at once; when this resolves it is durable, in the journal (where
   * there is one) and the database. Writes that come together share one transaction and one sync. A work that rejects leaves nothing.
   * It may run again, so it has no other effects, and it calls nothing that writes to the same catalog.
   */
  write<T>(by: Actor | undefined, work: (page: LedgerPage) => Promise<T>): Promise<T>;
  /**
   * Calls `listener` with what this process wrote, once it is committed, for whoever keeps something in memory; and with what it found in the
   * journal and applied. Of what others wrote and committed `audit()` tells. Returns how to end that.
   */
  watch(listener: (records: readonly LedgerRecord[]) => void): () => void;
  /** What happened: the latest first, or, after a number, in the order in which it was written. Only what a journal told. */
  audit(filter: AuditFilter): Promise<readonly LedgerRecord[]>;
  /** Takes digests out of everything that tells what happened. The chain of the journal holds. The number of records that were changed. */
  redact(digests: readonly Digest[]): Promise<number>;
  /** The number of the last record in the database. */
  position(): Promise<number>;
}

/** The open ledger: reads see everything entered so far. */
export interface LedgerPage extends Pick<Statements, 'all' | 'get'> {
  /** The time of what is entered, ISO 8601 in UTC. */
  readonly at: string;
  readonly by: Actor | undefined;
  /** `bytes` go with `manifest.recorded`: those of the manifest. */
  enter(entry: Entry, bytes?: Uint8Array): Promise<void>;
}
