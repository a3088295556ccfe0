import { type Bytes, decompress, detectCompression, fromBuffer, type Io } from '@lading/bytes';
import type { FileTree } from '@lading/filetree';
import { readTar, type TarEntryInput } from '@lading/tar';
import type { FileSource, SourceFile } from '../file-source.ts';
import { openSpool } from '../internal/spool.ts';
import { type PlanOptions, planCopy } from './plan.ts';
import type { Selected } from './select.ts';

export interface UnpackSession extends Io {
  readonly spoolFolder: string;
}

const magicOffset = 257;
const magicEnd = magicOffset + 5;

/**
 * What `ADD` of local archives makes: each archive's inside at the destination, with its owners and modes, its times clamped.
 * Archives are known by their content, not their names. Undefined when no source is an archive: then they are copied as they are.
 */
export async function unpackArchives(
  tree: FileTree,
  source: FileSource,
  selected: readonly Selected[],
  options: Omit<PlanOptions, 'selected'>,
  session: UnpackSession,
): Promise<AsyncIterable<TarEntryInput> | undefined> {
  const archives = new Set<Selected>();
  for (const one of selected) {
    if (one.file.type === 'file' && (await isArchive(source, one.file, session))) archives.add(one);
  }
  return archives.size === 0 ? undefined : unpack(tree, source, selected, archives, options, session);
}

async function* unpack(
  tree: FileTree,
  source: FileSource,
  selected: readonly Selected[],
  archives: ReadonlySet<Selected>,
  options: Omit<PlanOptions, 'selected'>,
  session: UnpackSession,
): AsyncGenerator<TarEntryInput, void, void> {
  const spool = await openSpool(session.spoolFolder);
  try {
    const contents = new Map<SourceFile, () => Bytes>();
    const expanded: Selected[] = [];
    for (const one of selected) {
      if (!archives.has(one)) {
        for (const file of [one.file, ...one.inside]) {
          if (file.type !== 'file' || file.size === 0) continue;
          for await (const [, content] of source.read([file], session))
            contents.set(file, (await spool.add(content)).open);
        }
        expanded.push(one);
        continue;
      }
      const inside: SourceFile[] = [];
      const byPath = new Map<string, SourceFile>();
      for await (const [, content] of source.read([one.file], session)) {
        for await (const {
          content: bytes,
          offset: _offset,
          contentOffset: _contentOffset,
          sparse: _sparse,
          ...header
        } of readTar(decompress(content, session), session)) {
          if (header.path === '') continue;
          let file: SourceFile = header;
          if (header.type === 'file' && header.size > 0) contents.set(file, (await spool.add(bytes)).open);
          if (header.type === 'hardlink') {
            // Its target lies elsewhere in the image: the content is what counts.
            const target = byPath.get(header.linkPath ?? '');
            const { linkPath: _linkPath, ...rest } = header;
            file = { ...rest, type: 'file', size: target?.size ?? 0 };
            const open = target === undefined ? undefined : contents.get(target);
            if (open !== undefined) contents.set(file, open);
          }
          byPath.set(file.path, file);
          inside.push(file);
        }
      }
      const root: SourceFile = {
        path: '',
        type: 'directory',
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 0,
        mtime: options.epoch,
      };
      expanded.push({ file: root, path: '', keptFrom: 0, inside });
    }
    for (const { from, text, ...header } of planCopy(tree, { ...options, selected: expanded })) {
      const open = from === undefined ? undefined : contents.get(from);
      if (text !== undefined) yield { ...header, content: fromBuffer(text) };
      else yield open === undefined ? header : { ...header, content: open() };
    }
  } finally {
    await spool.close();
  }
}

async function isArchive(source: FileSource, file: SourceFile, io: Io): Promise<boolean> {
  const first = await head(source, file, (content) => content, io);
  const compression = detectCompression(first);
  if (compression === 'none') return isTar(first);
  // What cannot be unpacked here is refused by the unpacking itself, which says why.
  if (compression !== 'gzip' && compression !== 'zstd') return true;
  const inner = await head(source, file, (content) => decompress(content, io), io).catch(() => Buffer.alloc(0));
  return isTar(inner);
}

/** The first bytes of a file after a transformation, enough to tell a tar. */
async function head(
  source: FileSource,
  file: SourceFile,
  transform: (content: Bytes) => Bytes,
  io: Io,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const [, content] of source.read([file], io)) {
    for await (const chunk of transform(content)) {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      if (size >= magicEnd) break;
    }
  }
  return Buffer.concat(chunks);
}

function isTar(first: Buffer): boolean {
  return first.length >= magicEnd && first.toString('latin1', magicOffset, magicEnd) === 'ustar';
}
