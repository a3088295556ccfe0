import { posix } from 'node:path';
import type { Bytes, Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { FileTree } from '@lading/filetree';
import { readTar, type TarEntryInput, type TarHeader } from '@lading/tar';
import { type ArchiveLimits, ArchiveMeter } from '../archive/limits.ts';
import { openTar } from '../archive/open-tar.ts';
import type { FileSource, SourceFile } from '../file-source.ts';
import { Spool, type Stretch } from '../internal/spool.ts';
import { withFoldersAbove } from './folders-above.ts';
import { type PlanOptions, planCopy } from './plan.ts';
import type { Selected } from './select.ts';
import { entryWith } from './write.ts';

export interface UnpackSession extends Io {
  readonly spoolFolder: string;
  readonly limits: ArchiveLimits;
}

export interface UnpackOptions extends Omit<PlanOptions, 'selected'> {
  /** Those that are unpacked if they are archives. */
  readonly candidates: ReadonlySet<Selected>;
}

/**
 * What `ADD` of archives makes: each archive's inside at the destination, with its owners and modes, its times clamped, in place of what is
 * there. Undefined when no candidate is an archive: then they are copied as they are. Throws TAR_INVALID, TAR_UNSAFE, BUILD_INVALID for
 * what no container should have, BYTES_LIMIT for bombs.
 */
export async function unpackArchives(
  tree: FileTree,
  source: FileSource,
  selected: readonly Selected[],
  options: UnpackOptions,
  session: UnpackSession,
): Promise<AsyncIterable<TarEntryInput> | undefined> {
  const archives = new Set<Selected>();
  for (const one of selected)
    if (options.candidates.has(one) && (await isArchive(source, one.file, session))) archives.add(one);
  return archives.size === 0 ? undefined : unpack(tree, source, selected, archives, options, session);
}

async function isArchive(source: FileSource, file: SourceFile, session: UnpackSession): Promise<boolean> {
  if (file.type !== 'file' || file.size === 0) return false;
  for await (const [, content] of source.read([file], session)) {
    const opened = await openTar(content, new ArchiveMeter(session.limits, file.path), session);
    if (opened.kind !== 'packed') await opened.release();
    return opened.kind === 'tar';
  }
  return false;
}

async function* unpack(
  tree: FileTree,
  source: FileSource,
  selected: readonly Selected[],
  archives: ReadonlySet<Selected>,
  options: UnpackOptions,
  session: UnpackSession,
): AsyncGenerator<TarEntryInput, void, void> {
  const spool = await Spool.create(session.spoolFolder);
  try {
    const contents = new Map<SourceFile, Stretch>();
    const expanded: Selected[] = [];
    for (const [index, one] of selected.entries()) {
      if (!archives.has(one)) {
        const files = [one.file, ...one.inside].filter(({ type, size }) => type === 'file' && size > 0);
        for await (const [file, content] of source.read(files, session))
          contents.set(file, await spool.add(content, file.size));
        expanded.push(one);
        continue;
      }
      for await (const [, content] of source.read([one.file], session)) {
        const meter = new ArchiveMeter(session.limits, one.file.path);
        const opened = await openTar(content, meter, session);
        // It was a tar a moment ago, and sources do not change under a build.
        if (opened.kind !== 'tar') continue;
        const inside = await readInside(
          opened.tar,
          { archive: one.file.path, index, meter, options },
          spool,
          contents,
          session,
        );
        expanded.push({ file: folderOf(options.epoch), path: '', keptFrom: 0, above: [], inside });
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

interface Inside {
  readonly archive: string;
  /** Among the sources. */
  readonly index: number;
  readonly meter: ArchiveMeter;
  readonly options: UnpackOptions;
}

/** What an archive holds, its content set aside. A hard link becomes the file that it names. */
async function readInside(
  tar: Bytes,
  { archive, index, meter, options }: Inside,
  spool: Spool,
  contents: Map<SourceFile, Stretch>,
  io: Io,
): Promise<SourceFile[]> {
  const inside: SourceFile[] = [];
  const byPath = new Map<string, SourceFile>();
  const root = posix.resolve('/', options.workdir, options.destination);
  for await (const { content, offset, contentOffset: _contentOffset, sparse: _sparse, ...header } of readTar(tar, io)) {
    if (header.path === '') continue;
    meter.entry(header.size);
    refuseDevice(header, posix.join(root, header.path), archive);
    const target = header.type === 'hardlink' ? byPath.get(header.linkPath ?? '') : undefined;
    const file: SourceFile =
      target === undefined
        ? { ...header, ...(header.type === 'file' ? { contentId: `${index}:${offset}` } : {}) }
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

/**
 * A device of an image may be a disk of whoever runs it. Root file systems carry the usual ones in /dev, where every engine puts its own
 * over them.
 */
function refuseDevice({ path, type, deviceMajor, deviceMinor }: TarHeader, place: string, archive: string): void {
  if ((type !== 'character' && type !== 'block') || place.startsWith('/dev/')) return;
  const device = `${type} device ${deviceMajor}:${deviceMinor}`;
  throw new LadingError('BUILD_INVALID', `Cannot unpack ${archive}: ${JSON.stringify(path)} is a ${device}`, {
    hint: 'Devices are taken only to /dev. If the archive is to be in the image as it is, add it with --unpack=false.',
    details: { archive, path },
  });
}

/** A folder to copy the inside of; nothing else of it counts. */
function folderOf(epoch: number): SourceFile {
  return { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: epoch };
}
