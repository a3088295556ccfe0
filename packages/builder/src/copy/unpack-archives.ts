import type { Bytes, Io } from '@lading/bytes';
import type { FileTree } from '@lading/filetree';
import { readTar, type TarEntryInput } from '@lading/tar';
import type { FileSource, SourceFile } from '../file-source.ts';
import { Spool, type Stretch } from '../internal/spool.ts';
import { archiveReader } from './archive-format.ts';
import { withFoldersAbove } from './folders-above.ts';
import { type PlanOptions, planCopy } from './plan.ts';
import type { Selected } from './select.ts';
import { entryWith } from './write.ts';

export interface UnpackSession extends Io {
  readonly spoolFolder: string;
}

type Archives = ReadonlyMap<Selected, (content: Bytes) => Bytes>;

/**
 * What `ADD` of local archives makes: each archive's inside at the destination, with its owners and modes, its times clamped, in
 * place of what is there. Undefined when no source is an archive: then they are copied as they are.
 */
export async function unpackArchives(
  tree: FileTree,
  source: FileSource,
  selected: readonly Selected[],
  options: Omit<PlanOptions, 'selected'>,
  session: UnpackSession,
): Promise<AsyncIterable<TarEntryInput> | undefined> {
  const archives = new Map<Selected, (content: Bytes) => Bytes>();
  for (const one of selected) {
    const reader = await archiveReader(source, one.file, session);
    if (reader !== undefined) archives.set(one, reader);
  }
  return archives.size === 0 ? undefined : unpack(tree, source, selected, archives, options, session);
}

async function* unpack(
  tree: FileTree,
  source: FileSource,
  selected: readonly Selected[],
  archives: Archives,
  options: Omit<PlanOptions, 'selected'>,
  session: UnpackSession,
): AsyncGenerator<TarEntryInput, void, void> {
  const spool = await Spool.create(session.spoolFolder);
  try {
    const contents = new Map<SourceFile, Stretch>();
    const expanded: Selected[] = [];
    for (const [index, one] of selected.entries()) {
      const reader = archives.get(one);
      if (reader === undefined) {
        const files = [one.file, ...one.inside].filter(({ type, size }) => type === 'file' && size > 0);
        for await (const [file, content] of source.read(files, session))
          contents.set(file, await spool.add(content, file.size));
        expanded.push(one);
      } else {
        for await (const [, content] of source.read([one.file], session)) {
          const inside = await readInside(reader(content), String(index), spool, contents, session);
          expanded.push({ file: folderOf(options.epoch), path: '', keptFrom: 0, above: [], inside });
        }
      }
    }
    const plan = planCopy(tree, { ...options, replace: true, selected: expanded });
    for (const entry of withFoldersAbove(tree, plan, options.epoch)) {
      const stretch = entry.from && contents.get(entry.from);
      yield entryWith(entry, stretch && spool.read(stretch, session.signal));
    }
  } finally {
    await spool.close();
  }
}

/** What an archive holds, its content set aside. A hard link becomes the file that it names. */
async function readInside(
  tar: Bytes,
  archive: string,
  spool: Spool,
  contents: Map<SourceFile, Stretch>,
  io: Io,
): Promise<SourceFile[]> {
  const inside: SourceFile[] = [];
  const byPath = new Map<string, SourceFile>();
  for await (const { content, offset, contentOffset: _contentOffset, sparse: _sparse, ...header } of readTar(tar, io)) {
    if (header.path === '') continue;
    const target = header.type === 'hardlink' ? byPath.get(header.linkPath ?? '') : undefined;
    const file: SourceFile =
      target === undefined
        ? { ...header, ...(header.type === 'file' ? { contentId: `${archive}:${offset}` } : {}) }
        : { ...target, path: header.path };
    if (file.type === 'file' && target === undefined && file.size > 0)
      contents.set(file, await spool.add(content, file.size));
    const stretch = target && contents.get(target);
    if (stretch !== undefined) contents.set(file, stretch);
    byPath.set(file.path, file);
    inside.push(file);
  }
  return inside;
}

/** A folder to copy the inside of; nothing else of it counts. */
function folderOf(epoch: number): SourceFile {
  return { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: epoch };
}
