import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Journal, JournalBatch } from '@lading/store';

export interface CopiedJournal {
  /** Batches that were appended. */
  readonly batches: number;
  /** Batches that were put in the place of others, for what was redacted since. */
  readonly replaced: number;
}

/** An entry after which something in earlier batches may have been redacted. */
const redacting = Buffer.from('"kind":"purge');

/**
 * Brings a journal up to another, batch by batch. What is there must be the beginning of what is copied: throws BACKUP_INVALID where it is
 * another journal, or has gone further. What was redacted since is looked for after a purge, or with `compare`, which reads both whole.
 */
export async function copyJournal(
  from: Journal,
  to: Journal,
  { compare = false, ...io }: Io & { readonly compare?: boolean | undefined } = {},
): Promise<CopiedJournal> {
  const last = await lastBatch(to, io);
  let batches = 0;
  let mayDiffer = compare;
  let met = last === undefined;
  for await (const batch of from.read(last?.first ?? 1, io)) {
    if (!met) {
      if (batch.first !== last?.first || hashOf(batch) !== hashOf(last)) throw another();
      met = true;
      continue;
    }
    if ((await to.append(batch, io)) === 'taken') throw another();
    batches++;
    mayDiffer ||= Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length).includes(redacting);
  }
  if (!met) throw another();
  return { batches, replaced: mayDiffer ? await copyRedactions(from, to, io) : 0 };
}

/** Looked for from the end, for a journal may be long. */
async function lastBatch(journal: Journal, io: Io): Promise<JournalBatch | undefined> {
  let found = await firstFrom(journal, 1, io);
  if (found === undefined) return undefined;
  let step = 1;
  for (let next = await firstFrom(journal, found.first + step, io); next !== undefined; ) {
    found = next;
    step *= 2;
    next = await firstFrom(journal, found.first + step, io);
  }
  // It lies behind `found`, by less than the last step.
  for (step = Math.floor(step / 2); step >= 1; step = Math.floor(step / 2)) {
    const next = await firstFrom(journal, found.first + step, io);
    if (next !== undefined) found = next;
  }
  for (let next = await firstFrom(journal, found.first + 1, io); next !== undefined; ) {
    found = next;
    next = await firstFrom(journal, found.first + 1, io);
  }
  return found;
}

async function firstFrom(journal: Journal, from: number, io: Io): Promise<JournalBatch | undefined> {
  for await (const batch of journal.read(from, io)) return batch;
  return undefined;
}

async function copyRedactions(from: Journal, to: Journal, io: Io): Promise<number> {
  let replaced = 0;
  const copies = to.read(1, io)[Symbol.asyncIterator]();
  for await (const batch of from.read(1, io)) {
    const { value: copy } = await copies.next();
    if (copy === undefined || copy.first !== batch.first) break;
    if (Buffer.compare(copy.bytes, batch.bytes) === 0) continue;
    await to.replace([batch.first], () => batch.bytes, io);
    replaced++;
  }
  await copies.return?.();
  return replaced;
}

/** Of the last record, which stands for all before it. */
function hashOf({ bytes }: JournalBatch): unknown {
  const records = JSON.parse(Buffer.from(bytes).toString()) as readonly { readonly hash?: unknown }[];
  return records.at(-1)?.hash;
}

function another(): LadingError {
  return new LadingError('BACKUP_INVALID', 'Cannot go on: the journal that is there is not the beginning of this one', {
    hint: 'It belongs to another registry, or has gone further. Use an empty place.',
  });
}
