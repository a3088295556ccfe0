import { createHash } from 'node:crypto';
import type { Digest } from '@lading/oci';
import type { Journal } from '@lading/store';
import type { Database, Statements } from '../database/database.ts';
import { readPosition } from './position.ts';
import { decodeBatch, encodeBatch, hashOfEntry, type SealedRecord } from './sealed-record.ts';

/** These name what was purged, and must go on doing so. */
const purgeKinds: readonly string[] = ['content.purged', 'purge.completed'];

/** So many batches are replaced between two statements. */
const stride = 500;

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
  const found = new Set<number>();
  let records = 0;
  let last = 0;
  const gather = async (): Promise<void> => {
    if (journal === undefined) return;
    for await (const { first, bytes } of journal.read(last + 1)) {
      last = first;
      const count = redactBatch(bytes, standIns).changed;
      if (count > 0) found.add(first);
      records += count;
    }
  };
  const replaceAll = async (statements: Statements): Promise<void> => {
    await gather();
    for (const standIn of standIns) await redactTables(statements, standIn);
    const numbers = [...found];
    for (let at = 0; at < numbers.length; at += stride) {
      await journal?.replace(numbers.slice(at, at + stride), (bytes) => redactBatch(bytes, standIns).bytes);
      // A database takes the lock from who says nothing for long; then this is told so, and ends.
      await readPosition(statements);
    }
  };
  // Most of the search without a lock. What another redaction changes meanwhile stays changed: batches are read again when they are replaced.
  await gather();
  await database.transaction(replaceAll, { sync: true });
  return records;
}

/** The batch without the digests, and how many of its records are not as they were. */
function redactBatch(bytes: Uint8Array, standIns: readonly StandIn[]): { bytes: Uint8Array; changed: number } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  if (!standIns.some(({ hex }) => text.includes(hex))) return { bytes, changed: 0 };
  const before = decodeBatch(bytes);
  const after = before.map((record) => redacted(record, standIns));
  return { bytes: encodeBatch(after), changed: after.filter((record, i) => record !== before[i]).length };
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
