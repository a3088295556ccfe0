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
  while (await isBehind(database, journal)) {
    const applied = await database.transaction((statements) => replay(statements, journal, bytes));
    recovered += applied.length;
    tell(applied);
  }
  return recovered;
}

/** Without the lock of a writer, for most often it is not. */
async function isBehind(database: Database, journal: Journal): Promise<boolean> {
  for await (const _ of batchesAfter(journal, await readPosition(database))) return true;
  return false;
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

/**
 * Applies batches until there are no more or it is enough for one transaction. They are read under the lock: before, whoever wrote one may
 * still take it back.
 */
async function replay(
  statements: Statements,
  journal: Journal,
  bytes: ManifestBytes,
): Promise<readonly LedgerRecord[]> {
  const start = await readPosition(statements);
  const applied: SealedRecord[] = [];
  let first = start.batch;
  for await (const batch of batchesAfter(journal, start)) {
    first = batch.first;
    for (const record of decodeBatch(batch.bytes)) {
      const last: Position | SealedRecord = applied.at(-1) ?? start;
      if (record.sequence !== last.sequence + 1 || !verifySeal(last.hash, record)) throw broken(record.sequence);
      await apply(statements, record, bytes);
      applied.push(record);
    }
    if (applied.length >= stride) break;
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
