import { isLadingError, messageOf } from '@lading/errors';
import type { Journal } from '@lading/store';
import { decodeBatch, genesis, verifySeal } from './sealed-record.ts';

export interface JournalReport {
  /** Records whose place in the chain is right. */
  readonly records: number;
  /** Those of them out of which something was taken since, as a purge does. */
  readonly redacted: number;
  /** The hash of the last of them. Kept elsewhere, it proves later that the journal still begins with these records. */
  readonly hash: string;
  /** The first thing that is wrong. */
  readonly damage?: string;
}

export interface VerifyJournalOptions {
  /** A record that was there before, with its hash. */
  readonly expected?: { readonly sequence: number; readonly hash: string } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Goes through the whole journal and checks that no record was changed, left out or put in between. */
export async function verifyJournal(journal: Journal, options: VerifyJournalOptions = {}): Promise<JournalReport> {
  const { expected, signal } = options;
  let [records, redacted, hash] = [0, 0, genesis];
  const report = (damage?: string): JournalReport => ({
    records,
    redacted,
    hash,
    ...(damage === undefined ? {} : { damage }),
  });
  try {
    for await (const batch of journal.read(1, { signal })) {
      for (const record of decodeBatch(batch.bytes)) {
        if (record.sequence !== records + 1) return report(`after record ${records} comes record ${record.sequence}`);
        if (!verifySeal(hash, record)) return report(`record ${record.sequence} is not what was written`);
        if (record.sequence === expected?.sequence && record.hash !== expected.hash) {
          return report(`record ${record.sequence} is not the expected one: the records up to it were rewritten`);
        }
        records++;
        if (record.redacted !== undefined) redacted++;
        hash = record.hash;
      }
    }
    const cut = expected !== undefined && records < expected.sequence;
    return report(cut ? `it ends before record ${expected.sequence}` : undefined);
  } catch (error) {
    if (!isLadingError(error, 'JOURNAL_DAMAGED')) throw error;
    return report(messageOf(error));
  }
}
