import type { Bytes, Io } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import type { ArchivedEntry, EntryType } from './entry.ts';
import { BLOCK, BlockReader } from './internal/block-reader.ts';
import { EntryContent } from './internal/entry-content.ts';
import { ExtensionCollector, type Extensions } from './internal/extensions.ts';
import { type HeaderBlock, isZeroBlock, parseHeaderBlock } from './internal/header-block.ts';
import { problem } from './internal/problem.ts';
import { checkMap, pair, readOldGnuMap, readPaxMap, type SparseMap } from './internal/sparse-map.ts';
import { normalizePath } from './path.ts';

export interface ReadTarOptions extends Io {
  /** Bound on all extension headers and sparse maps of one entry, and on global headers together. 1 MiB. */
  readonly maxMetadataBytes?: number | undefined;
}

const DEFAULT_MAX_METADATA_BYTES = 1 << 20;

/** Types by flag: POSIX.1-2024 pax §ustar, and GNU's S (sparse) and D (directory with a listing as content). */
const TYPES: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  D: 'directory',
  '6': 'fifo',
};

/**
 * The entries of an uncompressed tar archive, in their order, with bounded memory.
 *
 * Reads ustar, PAX (local and global headers), GNU long names, GNU and PAX sparse files, base-256 numbers and the formats before
 * ustar. Paths come normalised (`normalizePath`); a hard link's target too, a symlink's target as it is written. Volume labels are
 * skipped. The archive ends at two zero blocks or, as tolerant as GNU tar, where the stream ends between entries; what follows
 * the end is read and ignored, so that a digest over the stream is complete.
 *
 * Leaving the loop early releases the stream. Throws TAR_INVALID, TAR_UNSAFE (a path with `..`), TAR_UNSUPPORTED
 * (multi-volume archives, unknown types), INTERRUPTED, and whatever the stream throws; each names the entry and its byte offset.
 */
export async function* readTar(bytes: Bytes, options: ReadTarOptions = {}): AsyncGenerator<ArchivedEntry, void, void> {
  const maxMetadataBytes = options.maxMetadataBytes ?? DEFAULT_MAX_METADATA_BYTES;
  const reader = new BlockReader(bytes, options.signal);
  const extensions = new ExtensionCollector();
  let metadataBytes = 0;
  let start = 0;
  try {
    for (;;) {
      const offset = reader.offset;
      if (metadataBytes === 0) start = offset;
      const block = reader.take(BLOCK) ?? (await reader.read(BLOCK, 'a tar header'));
      if (block === undefined || isZeroBlock(block)) {
        if (metadataBytes > 0) {
          throw problem('TAR_INVALID', '', start, 'the archive ends between an extension header and its entry');
        }
        if (block === undefined) return;
        const second = await reader.read(BLOCK, 'the end of the archive');
        if (second !== undefined && !isZeroBlock(second)) {
          throw problem('TAR_INVALID', '', offset, 'a single zero block stands between entries');
        }
        await reader.drain();
        return;
      }
      const header = parseHeaderBlock(block, offset);
      if (isExtension(header.typeFlag)) {
        metadataBytes += BLOCK + header.size;
        if (header.size < 0 || metadataBytes > maxMetadataBytes) {
          const reason = `its extension headers exceed ${maxMetadataBytes} bytes`;
          throw problem('TAR_INVALID', header.name, offset, reason);
        }
        const data = await readExtension(reader, header, offset);
        if (header.typeFlag === 'g') {
          if (extensions.addGlobal(data, offset) > maxMetadataBytes) {
            throw problem('TAR_INVALID', header.name, offset, `its global headers exceed ${maxMetadataBytes} bytes`);
          }
          // Global headers describe no entry; the archive may end after one.
          if (!extensions.pending) metadataBytes = 0;
        } else if (header.typeFlag === 'L') extensions.addLongName(data);
        else if (header.typeFlag === 'K') extensions.addLongLink(data);
        else extensions.addLocal(data, offset);
        continue;
      }
      metadataBytes = 0;
      const oldGnuMap =
        header.typeFlag === 'S' && header.isGnu
          ? await readOldGnuMap(reader, Uint8Array.prototype.slice.call(block), header.name, offset, maxMetadataBytes)
          : undefined;
      const extended = extensions.finish(start);
      if (header.typeFlag === 'V') {
        await reader.skip(padded(header.size), 'a volume label');
        continue;
      }
      const entry = describe(header, extended, start);
      const stored = storedSize(header, extended, entry.type, entry.path, start);
      const contentOffset = reader.offset;
      let remaining = stored;
      let map: SparseMap | undefined = oldGnuMap;
      if (extended?.sparse !== undefined && entry.type === 'file') {
        const { mapInContent, realSize, numbers } = extended.sparse;
        map = { realSize, pieces: pair(numbers) };
        if (mapInContent) {
          const read = await readPaxMap(reader, stored, realSize, entry.path, start, maxMetadataBytes);
          map = read.map;
          remaining -= read.consumed;
        }
      }
      if (map !== undefined) checkMap(map, remaining, entry.path, start);
      const isFile = entry.type === 'file';
      const content = new EntryContent(reader, entry.path, start, isFile ? remaining : 0, isFile ? map : undefined);
      yield {
        ...entry,
        size: isFile ? (map?.realSize ?? stored) : 0,
        content,
        offset: start,
        contentOffset,
        sparse: map !== undefined,
      };
      const finishing = content.finish();
      if (finishing !== undefined) await finishing;
      const rest = isFile ? padded(stored) - stored : padded(stored);
      if (!reader.pass(rest)) await reader.skip(rest, `the padding of ${entry.path}`);
    }
  } finally {
    await reader.close();
  }
}

function isExtension(typeFlag: string): boolean {
  return typeFlag === 'x' || typeFlag === 'g' || typeFlag === 'X' || typeFlag === 'L' || typeFlag === 'K';
}

async function readExtension(reader: BlockReader, header: HeaderBlock, offset: number): Promise<Uint8Array> {
  const what = 'an extension header';
  const data = await reader.read(header.size, what);
  if (data === undefined) throw problem('TAR_INVALID', header.name, offset, 'the archive ends within it');
  const copy: Uint8Array = Uint8Array.prototype.slice.call(data);
  await reader.skip(padded(header.size) - header.size, what);
  return copy;
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

type Description = Omit<ArchivedEntry, 'content' | 'offset' | 'contentOffset' | 'sparse'>;

/** Header and extensions as one; the paths normalised, everything that only some types have left out elsewhere. */
function describe(header: HeaderBlock, extended: Extensions | undefined, offset: number): Description {
  const name = extended?.path ?? header.name;
  let type = TYPES[header.typeFlag];
  if (type === undefined || (header.typeFlag === 'S' && !header.isGnu)) {
    throw problem('TAR_UNSUPPORTED', name, offset, `its type ${JSON.stringify(header.typeFlag)} is not supported`);
  }
  // Before ustar a trailing slash was the only sign of a directory.
  if (type === 'file' && header.typeFlag !== 'S' && name.endsWith('/')) type = 'directory';
  const path = cleaned(name, name, offset);
  if (path === '' && type !== 'directory') {
    throw problem('TAR_INVALID', name, offset, `a ${type} has no name`);
  }
  const uid = extended?.uid ?? header.uid;
  const gid = extended?.gid ?? header.gid;
  if (uid < 0 || gid < 0) throw problem('TAR_INVALID', name, offset, 'its owner is negative');
  const userName = extended?.userName ?? header.userName;
  const groupName = extended?.groupName ?? header.groupName;
  const linkPath = linkOf(type, extended?.linkPath ?? header.linkName, name, offset);
  const isDevice = type === 'character' || type === 'block';
  return {
    path,
    type,
    mode: header.mode,
    uid,
    gid,
    size: 0,
    mtime: extended?.mtime ?? header.mtime,
    ...(linkPath === undefined ? {} : { linkPath }),
    ...(userName === '' ? {} : { userName }),
    ...(groupName === '' ? {} : { groupName }),
    ...(isDevice ? { deviceMajor: header.deviceMajor, deviceMinor: header.deviceMinor } : {}),
    ...(extended?.xattrs === undefined ? {} : { xattrs: extended.xattrs }),
  };
}

function linkOf(type: EntryType, target: string, name: string, offset: number): string | undefined {
  if (type !== 'hardlink' && type !== 'symlink') return undefined;
  const path = type === 'hardlink' ? cleaned(target, name, offset) : target;
  if (path === '') throw problem('TAR_INVALID', name, offset, `a ${type} has no target`);
  return path;
}

function cleaned(path: string, entry: string, offset: number): string {
  try {
    return normalizePath(path);
  } catch (error) {
    const isUnsafe = isLadingError(error, 'TAR_UNSAFE');
    const reason = isUnsafe ? `${JSON.stringify(path)} would reach outside the archive's root` : 'a path has a NUL';
    throw problem(isUnsafe ? 'TAR_UNSAFE' : 'TAR_INVALID', entry, offset, reason);
  }
}

/** How many bytes follow the header. Links, devices and directories have none, whatever their header says; GNU's D has. */
function storedSize(
  header: HeaderBlock,
  extended: Extensions | undefined,
  type: EntryType,
  name: string,
  offset: number,
): number {
  const isDump = header.typeFlag === 'D';
  // An old directory, told by its slash alone, is still a `file` to its header.
  const isOldDirectory = type === 'directory' && header.typeFlag !== '5' && !isDump;
  if (type !== 'file' && !isDump && !isOldDirectory) return 0;
  // A PAX size wins over the header's, also where that is 0: readers that disagree here see different entries.
  const size = extended?.size ?? header.size;
  if (size < 0 || !Number.isSafeInteger(size) || size > Number.MAX_SAFE_INTEGER - BLOCK) {
    throw problem('TAR_INVALID', name, offset, `its size ${size} is out of range`);
  }
  return size;
}
