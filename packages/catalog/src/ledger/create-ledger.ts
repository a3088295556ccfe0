import { isLadingError, LadingError } from '@lading/errors';
import type { Journal } from '@lading/store';
import type { Database, Statements } from '../database/database.ts';
import type { ManifestBytes } from './applier.ts';
import { apply } from './appliers.ts';
import { listAudit } from './audit.ts';
import { insertAudit } from './audit-rows.ts';
import type { Actor, LedgerRecord } from './entry.ts';
import type { Ledger, LedgerPage } from './ledger.ts';
import { readPosition, writePosition } from './position.ts';
import { recover } from './recover.ts';
import { redact } from './redact.ts';
import { encodeBatch, type SealedRecord, seal } from './sealed-record.ts';

/** So many writes share a transaction at most: readers wait while its statements run. */
const groupSize = 64;

export interface LedgerOptions {
  readonly journal?: Journal | undefined;
  /** Reads manifests when the journal is replayed. */
  readonly manifestBytes: ManifestBytes;
  readonly now: () => Date;
}

/** More than that waits only where the database or the journal hangs. */
const mostWaiting = 10_000;

/** As whoever closes the database sees it. */
export interface OwnLedger extends Ledger {
  /** Resolves when nothing waits to be written. */
  idle(): Promise<void>;
}

/** A call of write() that waits for its turn. */
interface Turn {
  readonly by: Actor | undefined;
  work(page: LedgerPage): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What a work came to, told to its caller once the transaction is committed. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

interface Group {
  readonly outcomes: readonly Outcome[];
  readonly records: readonly LedgerRecord[];
}

/** Thrown inside a transaction to roll it back. */
class JournalIsAhead extends Error {}
class WorkFailed extends Error {}

/** The ledger over a database that is at the end of its journal, as `recover()` leaves it. */
export function createLedger(database: Database, options: LedgerOptions): OwnLedger {
  const { journal, manifestBytes, now } = options;
  const waiting: Turn[] = [];
  const listeners = new Set<(records: readonly LedgerRecord[]) => void>();
  let running: Promise<void> | undefined;

  const tell = (records: readonly LedgerRecord[]): void => {
    if (records.length > 0) for (const listener of listeners) listener(records);
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) await runGroup(waiting.splice(0, groupSize));
    running = undefined;
  };

  const runGroup = async (turns: readonly Turn[]): Promise<void> => {
    try {
      const { outcomes, records } = await commit(turns);
      tell(records);
      for (const [i, outcome] of outcomes.entries()) {
        if ('error' in outcome) turns[i]?.reject(outcome.error);
        else turns[i]?.resolve(outcome.value);
      }
    } catch (error) {
      // One of several broke the transaction of all: alone, it breaks only its own.
      if (error instanceof WorkFailed) for (const turn of turns) await runGroup([turn]);
      else for (const turn of turns) turn.reject(error);
    }
  };

  const commit = async (turns: readonly Turn[]): Promise<Group> => {
    let journaled: Group | undefined;
    for (;;) {
      try {
        return await database.transaction(async (statements) => {
          // A database that could not commit may run this again; what is in the journal is not decided again.
          if (journaled !== undefined) throw new JournalIsAhead();
          const group = await work(statements, turns);
          if (journal !== undefined && group.records.length > 0) journaled = group;
          return group;
        });
      } catch (error) {
        if (journal === undefined || (journaled === undefined && !(error instanceof JournalIsAhead))) throw error;
        // Ahead: by what someone wrote who could not commit it, or by a record of this very group, which therefore has happened.
        const own = new Set(journaled?.records.map(({ sequence }) => sequence));
        const tellOthers = (records: readonly LedgerRecord[]): void =>
          tell(records.filter(({ sequence }) => !own.has(sequence)));
        await recover(database, journal, manifestBytes, tellOthers);
        if (journaled !== undefined) return journaled;
      }
    }
  };

  /** Everything of a transaction up to its commit. The journal comes last: what is in it has happened. */
  const work = async (statements: Statements, turns: readonly Turn[]): Promise<Group> => {
    const position = await readPosition(statements);
    const records: LedgerRecord[] = [];
    const outcomes: Outcome[] = [];
    for (const turn of turns) {
      const before = records.length;
      const page = openPage(statements, turn.by, position.sequence, records);
      try {
        outcomes.push({ value: await turn.work(page) });
      } catch (error) {
        if (turns.length === 1) throw error;
        if (records.length > before || !isLadingError(error)) throw new WorkFailed();
        outcomes.push({ error });
      }
    }
    const [first] = records;
    if (first === undefined) return { outcomes, records };
    const sealed: SealedRecord[] = [];
    for (const record of records) sealed.push(seal(sealed.at(-1)?.hash ?? position.hash, record));
    const last = sealed.at(-1) as SealedRecord;
    await Promise.all([
      writePosition(statements, { sequence: last.sequence, batch: first.sequence, hash: last.hash }),
      journal !== undefined && insertAudit(statements, records),
    ]);
    if (journal !== undefined) {
      const outcome = await journal.append({ first: first.sequence, bytes: encodeBatch(sealed) });
      if (outcome === 'taken') throw new JournalIsAhead();
    }
    return { outcomes, records };
  };

  const openPage = (
    statements: Statements,
    by: Actor | undefined,
    start: number,
    records: LedgerRecord[],
  ): LedgerPage => {
    const at = now().toISOString();
    return {
      all: statements.all,
      get: statements.get,
      at,
      by,
      async enter(entry, bytes) {
        const record = { sequence: start + records.length + 1, at, ...(by === undefined ? {} : { by }), entry };
        // Counted before it is applied: a failure half-way has changed something.
        records.push(record);
        await apply(statements, record, bytes === undefined ? missingBytes : async () => bytes);
      },
    };
  };

  return {
    write: <T>(by: Actor | undefined, job: (page: LedgerPage) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        if (waiting.length >= mostWaiting) throw overrun();
        waiting.push({ by, work: job, resolve: (value) => resolve(value as T), reject });
        running ??= drain();
      }),
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    audit: (filter) => listAudit(database, filter),
    redact: (digests) => redact(database, journal, digests),
    position: async () => (await readPosition(database)).sequence,
    idle: async () => running,
  };
}

function overrun(): LadingError {
  return new LadingError('CATALOG_UNAVAILABLE', `Cannot write to the catalog: ${mostWaiting} writes wait already`, {
    hint: 'See what its database and its journal wait for. Try again later.',
    transient: true,
  });
}

async function missingBytes(): Promise<never> {
  throw new LadingError('MANIFEST_INVALID', 'Cannot record a manifest: its bytes were not given');
}
