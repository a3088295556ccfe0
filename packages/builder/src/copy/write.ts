import { type Bytes, fromBuffer, type Io } from '@lading/bytes';
import type { TarEntryInput } from '@lading/tar';
import type { FileSource, SourceFile } from '../file-source.ts';
import { openSpool } from '../internal/spool.ts';
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
  const wanted = plan.flatMap((entry) =>
    entry.type === 'file' && entry.size > 0 && entry.from !== undefined ? [entry.from] : [],
  );
  if (source.identity.kind === 'files') {
    // A local folder gives files in the order they are asked for.
    const contents = source.read(wanted, io)[Symbol.asyncIterator]();
    try {
      for (const { from, text, ...header } of plan) {
        if (text !== undefined) yield { ...header, content: fromBuffer(text) };
        else if (header.type !== 'file' || header.size === 0 || from === undefined) yield header;
        else yield { ...header, content: (await contents.next()).value?.[1] as Bytes };
      }
    } finally {
      await contents.return?.();
    }
    return;
  }
  const spool = await openSpool(spoolFolder);
  try {
    const spooled = new Map<string, () => Bytes>();
    const once = [...new Map(wanted.map((file) => [contentKey(file), file])).values()];
    for await (const [file, content] of source.read(once, io))
      spooled.set(contentKey(file), (await spool.add(content)).open);
    for (const { from, text, ...header } of plan) {
      const open = from === undefined ? undefined : spooled.get(contentKey(from));
      if (text !== undefined) yield { ...header, content: fromBuffer(text) };
      else yield open === undefined ? header : { ...header, content: open() };
    }
  } finally {
    await spool.close();
  }
}

/** Names of one hard-linked file share their content. */
function contentKey(file: SourceFile): string {
  const { layer, contentOffset } = file as { layer?: number; contentOffset?: number };
  return contentOffset === undefined ? file.path : `${layer}:${contentOffset}`;
}
