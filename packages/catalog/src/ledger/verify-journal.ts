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

/** Goes through the whole journal and checks that no record was changed, left out or put in between. */
export async function verifyJournal(
  journal: Journal,
  io: { readonly signal?: AbortSignal | undefined } = {},
): Promise<JournalReport> {
  let [records, redacted, hash] = [0, 0, genesis];
  const report = (damage?: string): JournalReport => ({
    records,
    redacted,
    hash,
    ...(damage === undefined ? {} : { damage }),
  });
  try {
    for await (const batch of journal.read(1, io)) {
      for (const record of decodeBatch(batch.bytes)) {
        if (record.sequence !== records + 1) return report(`after record ${records} comes record ${record.sequence}`);
        if (!verifySeal(hash, record)) return report(`record ${record.sequence} is not what was written`);
        records++;
        if (record.redacted !== undefined) redacted++;
        hash = record.hash;
      }
    }
    return report();
  } catch (error) {
    if (!isLadingError(error, 'JOURNAL_DAMAGED')) throw error;
    return report(messageOf(error));
  }
}
