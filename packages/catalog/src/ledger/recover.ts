import { LadingError } from '@lading/errors';
import type { Journal, JournalBatch } from '@lading/store';
import type { Database, Statements } from '../database/database.ts';
import type { ManifestBytes } from './applier.ts';
import { apply } from './appliers.ts';
import { insertAudit } from './audit-rows.ts';
import type { LedgerRecord } from './entry.ts';
import { type Position, readPosition, writePosition } from './position.ts';
import { decodeBatch, type SealedRecord, verifySeal } from './sealed-record.ts';

/** So many records are applied in one transaction. */
const stride = 20_000;

/**
 * Applies what the journal has and the database has not: everything to a new one, what a power loss took from the end of an old one, and
 * what somebody wrote who died before the commit. Throws JOURNAL_DAMAGED when the database is not one of this journal.
 */
export async function recover(
  database: Database,
  journal: Journal,
  bytes: ManifestBytes,
  tell: (records: readonly LedgerRecord[]) => void = () => {},
): Promise<number> {
  let recovered = 0;
  for (;;) {
    const start = await readPosition(database);
    const tail = batchesAfter(journal, start);
    const next = await tail.next();
    if (next.done === true) return recovered;
    try {
      const applied = await database.transaction((statements) => replay(statements, start, next.value, tail, bytes));
      recovered += applied.length;
      tell(applied);
    } finally {
      await tail.return(undefined);
    }
  }
}

/** The batches after a position, which must be in the journal. */
async function* batchesAfter(journal: Journal, position: Position): AsyncGenerator<JournalBatch, undefined> {
  let found = position.sequence === 0;
  for await (const batch of journal.read(Math.max(position.batch, 1))) {
    if (found) yield batch;
    else if (batch.first === position.batch && decodeBatch(batch.bytes).at(-1)?.hash === position.hash) found = true;
    else break;
  }
  if (found) return;
  throw new LadingError(
    'JOURNAL_DAMAGED',
    `Cannot go on with the journal: record ${position.sequence} in the database is not the one in the journal`,
    {
      hint: 'The database belongs to another journal, or one of the two was restored. Rebuild it: `lading registry reindex`.',
    },
  );
}

/** Applies batches until there are no more or it is enough for one transaction. None when another process has moved on meanwhile. */
async function replay(
  statements: Statements,
  start: Position,
  next: JournalBatch,
  tail: AsyncIterator<JournalBatch>,
  bytes: ManifestBytes,
): Promise<readonly LedgerRecord[]> {
  if ((await readPosition(statements)).sequence !== start.sequence) return [];
  const applied: SealedRecord[] = [];
  let batch: JournalBatch | undefined = next;
  let first = start.batch;
  while (batch !== undefined && applied.length < stride) {
    first = batch.first;
    for (const record of decodeBatch(batch.bytes)) {
      const last: Position | SealedRecord = applied.at(-1) ?? start;
      if (record.sequence !== last.sequence + 1 || !verifySeal(last.hash, record)) throw broken(record.sequence);
      await apply(statements, record, bytes);
      applied.push(record);
    }
    const following: IteratorResult<JournalBatch> = await tail.next();
    batch = following.done === true ? undefined : following.value;
  }
  await insertAudit(statements, applied);
  const last = applied.at(-1);
  if (last !== undefined) await writePosition(statements, { sequence: last.sequence, batch: first, hash: last.hash });
  return applied;
}

function broken(sequence: number): LadingError {
  return new LadingError(
    'JOURNAL_DAMAGED',
    `Cannot go on with the journal: its chain is broken at record ${sequence}`,
    {
      hint: 'See where: `lading registry verify-journal`.',
    },
  );
}
