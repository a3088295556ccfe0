import { createHash } from 'node:crypto';
import type { Digest } from '@lading/oci';
import type { Journal, JournalBatch } from '@lading/store';
import type { Database, Statements } from '../database/database.ts';
import { decodeBatch, encodeBatch, hashOfEntry, type SealedRecord } from './sealed-record.ts';

/** These name what was purged, and must go on doing so. */
const purgeKinds: readonly string[] = ['content.purged', 'purge.completed'];

/** One digest and what stands in its place. */
interface StandIn {
  readonly hex: string;
  readonly instead: string;
}

/**
 * Takes digests out of the journal and of what the database remembers of it. Another digest, of which there is no content, takes the place
 * of each, so that everything else that happened is told as before, and a replay gives the same tables. The chain holds: it covers the hash
 * of an entry, and that stays. The number of records that were changed.
 */
export async function redact(
  database: Database,
  journal: Journal | undefined,
  digests: readonly Digest[],
): Promise<number> {
  const standIns = digests.map(standInFor);
  const changed: JournalBatch[] = [];
  let records = 0;
  let last = 0;
  const gather = async (): Promise<void> => {
    if (journal === undefined) return;
    for await (const batch of journal.read(last + 1)) {
      last = batch.first;
      const before = Buffer.from(batch.bytes).toString();
      if (!standIns.some(({ hex }) => before.includes(hex))) continue;
      const after = decodeBatch(batch.bytes).map((record) => redacted(record, standIns));
      const count = after.filter((record) => record.redacted !== undefined).length;
      const text = encodeBatch(after);
      if (Buffer.from(text).toString() === before) continue;
      records += count;
      changed.push({ first: batch.first, bytes: text });
    }
  };
  // Most of it without a lock: what is in the journal stays as it is.
  await gather();
  await database.transaction(async (statements) => {
    await gather();
    for (const standIn of standIns) await redactTables(statements, standIn);
    if (changed.length > 0) await journal?.replace(changed);
  });
  return records;
}

/** Always the same for the same digest, so that a redaction that was interrupted can be done again. */
function standInFor(digest: Digest): StandIn {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { hex, instead: createHash(algorithm).update(`redacted ${digest}`).digest('hex') };
}

function redacted(record: SealedRecord, standIns: readonly StandIn[]): SealedRecord {
  if (purgeKinds.includes(record.entry.kind)) return record;
  const before = JSON.stringify(record.entry);
  let after = before;
  // Also in names of tags, such as sha256-<hex>.sig.
  for (const { hex, instead } of standIns) after = after.replaceAll(hex, instead);
  if (after === before) return record;
  return { ...record, entry: JSON.parse(after), redacted: record.redacted ?? hashOfEntry(record.entry) };
}

async function redactTables(statements: Statements, { hex, instead }: StandIn): Promise<void> {
  for (const column of ['name', 'digest', 'previous']) {
    await statements.run(
      `UPDATE tag_history SET ${column} = replace(${column}, ?, ?) WHERE ${column} LIKE ?`,
      hex,
      instead,
      `%${hex}%`,
    );
  }
  await statements.run(
    `UPDATE audit SET entry = replace(entry, ?, ?) WHERE entry LIKE ? AND kind NOT IN (${purgeKinds.map((kind) => `'${kind}'`).join(', ')})`,
    hex,
    instead,
    `%${hex}%`,
  );
}
