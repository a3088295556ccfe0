import { type Bytes, fromBuffer, type Io } from '@lading/bytes';
import type { TarEntryInput } from '@lading/tar';
import type { FileSource, SourceFile } from '../file-source.ts';
import { Spool, type Stretch } from '../internal/spool.ts';
import type { PlannedEntry } from './plan.ts';

/**
 * The planned entries with their content, in their order. A source that gives files in an order of its own is read once into a
 * spool first, so that every layer is passed over only once and memory stays small.
 */
export async function* withContent(
  plan: readonly PlannedEntry[],
  source: FileSource,
  spoolFolder: string,
  io: Io,
): AsyncGenerator<TarEntryInput, void, void> {
  const wanted = plan.flatMap((entry) => (hasContent(entry) ? [entry.from] : []));
  if (source.keepsOrder(wanted)) {
    const contents = source.read(wanted, io)[Symbol.asyncIterator]();
    try {
      for (const entry of plan) {
        const content = hasContent(entry) ? (await contents.next()).value?.[1] : undefined;
        yield entryWith(entry, content);
      }
    } finally {
      await contents.return?.();
    }
    return;
  }
  const spool = await Spool.create(spoolFolder);
  try {
    const spooled = new Map<SourceFile, Stretch>();
    for await (const [file, content] of source.read(wanted, io)) spooled.set(file, await spool.add(content, file.size));
    for (const entry of plan) {
      const stretch = hasContent(entry) ? spooled.get(entry.from) : undefined;
      yield entryWith(entry, stretch && spool.read(stretch, io.signal));
    }
  } finally {
    await spool.close();
  }
}

/** An entry as the archive takes it: text of its own, or content from elsewhere. */
export function entryWith({ from: _from, text, ...header }: PlannedEntry, content: Bytes | undefined): TarEntryInput {
  const bytes = text === undefined ? content : fromBuffer(text);
  return bytes === undefined ? header : { ...header, content: bytes };
}

function hasContent(entry: PlannedEntry): entry is PlannedEntry & { readonly from: SourceFile } {
  return entry.type === 'file' && entry.size > 0 && entry.from !== undefined;
}
