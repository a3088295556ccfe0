import { createHash } from 'node:crypto';
import { LadingError } from '@lading/errors';
import type { Actor, Entry, LedgerRecord } from './entry.ts';

/** A record in the chain: `hash` covers the one before it, so that none can be changed, left out or put in between unnoticed. */
export interface SealedRecord extends LedgerRecord {
  readonly hash: string;
  /** The hash of the entry as it was, where something was taken out of it since: the chain holds by that. */
  readonly redacted?: string | undefined;
}

/** The hash before the first record. */
export const genesis = '';

export function seal(previous: string, record: LedgerRecord): SealedRecord {
  const { sequence, at, by, entry } = record;
  const hash = chain(previous, record, hashOfEntry(entry));
  return { sequence, at, ...(by === undefined ? {} : { by }), entry, hash };
}

/** True when the record is what was sealed after `previous`. */
export function verifySeal(previous: string, record: SealedRecord): boolean {
  return record.hash === chain(previous, record, record.redacted ?? hashOfEntry(record.entry));
}

export function hashOfEntry(entry: Entry): string {
  return sha256(JSON.stringify(entry));
}

function chain(previous: string, { sequence, at, by }: LedgerRecord, entryHash: string): string {
  return sha256(JSON.stringify([previous, sequence, at, actor(by), entryHash]));
}

function actor(by: Actor | undefined): readonly (string | null)[] | null {
  return by === undefined ? null : [by.name, by.client ?? null, by.agent ?? null];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A batch of records as JSON, in one line. */
export function encodeBatch(records: readonly SealedRecord[]): Uint8Array {
  return Buffer.from(JSON.stringify(records));
}

/** Throws JOURNAL_DAMAGED. */
export function decodeBatch(bytes: Uint8Array): readonly [SealedRecord, ...SealedRecord[]] {
  try {
    const records: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (Array.isArray(records) && records.length > 0) return records as [SealedRecord, ...SealedRecord[]];
  } catch {}
  throw new LadingError('JOURNAL_DAMAGED', 'Cannot read the journal: a batch of records is not what was written');
}
