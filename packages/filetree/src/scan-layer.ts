import { realpathSync } from 'node:fs';
import { type Bytes, fromBuffer, fromFile, type Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import {
  type ArchivedEntry,
  compareNames,
  encodeName,
  opaqueOf,
  readTar,
  type TarEntry,
  type TarHeader,
  whiteoutOf,
} from '@lading/tar';
import { create, hasGnuTar } from './internal/gnu-tar.ts';
import { unpackFailed } from './internal/unpack-failed.ts';
import { type FoundFile, walkFolder } from './internal/walk-folder.ts';
import { isLayerXattr } from './xattr-rules.ts';

export interface ScanLayerOptions extends Io {
  /** Seconds since 1970. No entry gets a later time; earlier ones are rounded down to seconds. */
  readonly epoch: number;
  /** True for an overlayfs upper directory: its 0/0 devices and opaque marks become whiteouts. */
  readonly overlay: boolean;
  /** Leaves out a path and all below it. */
  readonly exclude?: (path: string) => boolean;
}

/** What is asked of the disk; `overlay.*` to see opaque directories and to refuse what would need a redirect. */
const XATTRS = ['security.capability', 'user.*', 'trusted.overlay.*'];

/**
 * The entries of a layer that holds what is in a folder, for `writeTar`: in byte order of the paths, so that directories come
 * before what they hold; without the root. Of a file with several names the first is the file, the others are hard links.
 * No user and group names, no sockets, only the attributes that layers carry (`isLayerXattr`). Equal folders give equal entries,
 * whatever the order on disk.
 *
 * Content is read while iterating and must be used before the next entry. The folder must not change meanwhile: UNPACK_FAILED.
 * Attributes are read with GNU tar; without it RUNTIME_UNAVAILABLE for an overlay, no attributes for other folders.
 */
export async function* scanLayer(directory: string, options: ScanLayerOptions): AsyncGenerator<TarEntry, void, void> {
  const withTar = options.overlay || (await hasGnuTar());
  let root: string;
  try {
    root = realpathSync(directory);
  } catch (error) {
    throw unpackFailed('', error, 'scan');
  }
  const found = await walkFolder(root, { exclude: options.exclude ?? (() => false), signal: options.signal });
  found.sort((a, b) => compareNames(a.header.path, b.header.path));
  const directories = found.filter(({ header }) => header.type === 'directory');
  const files = layerItems(found, new Map(), options).filter((item) => item.disk !== undefined);
  const archived = [...directories, ...files];
  const contents = withTar && archived.length > 0 ? archive(root, archived, options) : undefined;
  try {
    const xattrs = contents === undefined ? new Map<string, Xattrs>() : await xattrsOf(contents, directories);
    const items = layerItems(found, xattrs, options);
    for (const { header, disk } of items) {
      if (disk === undefined) yield { ...header, content: fromBuffer('') };
      else if (contents === undefined) yield { ...header, content: fromFile(disk, { signal: options.signal }) };
      else {
        const { content, xattrs } = await nextOf(contents, header);
        yield { ...header, ...(xattrs === undefined ? {} : { xattrs }), content };
      }
    }
    // Lets tar report what it could not read.
    if (contents !== undefined && (await contents.next()).done !== true) throw changed('');
  } finally {
    await contents?.return();
  }
}

type Xattrs = NonNullable<TarHeader['xattrs']>;

interface Item {
  readonly header: TarHeader;
  /** Where a file's content is; undefined for everything without content. */
  readonly disk?: Buffer;
}

function layerItems(
  found: readonly FoundFile[],
  xattrs: ReadonlyMap<string, Xattrs>,
  options: ScanLayerOptions,
): Item[] {
  const first = new Map<string, string>();
  const items: Item[] = [];
  const clamp = (mtime: number): number => Math.min(Math.floor(mtime), options.epoch);
  const mark = (path: string): Item => ({
    header: { path, type: 'file', mode: 0, uid: 0, gid: 0, size: 0, mtime: options.epoch },
  });
  for (const { header, disk, identity } of found) {
    const { path, type } = header;
    // Before hard links: the kernel gives all whiteouts of an overlay one inode.
    if (options.overlay && type === 'character' && header.deviceMajor === 0 && header.deviceMinor === 0) {
      items.push(mark(whiteoutOf(path)));
      continue;
    }
    const mtime = clamp(header.mtime);
    const original = identity === undefined ? undefined : first.get(identity);
    if (original !== undefined) {
      const { mode, uid, gid } = header;
      items.push({ header: { path, type: 'hardlink', mode, uid, gid, size: 0, mtime, linkPath: original } });
      continue;
    }
    if (identity !== undefined) first.set(identity, path);
    const all = xattrs.get(path);
    const kept = all === undefined ? undefined : layerXattrs(all, type);
    const plain = { ...header, mtime, ...(kept === undefined ? {} : { xattrs: kept }) };
    items.push(type === 'file' ? { header: plain, disk } : { header: plain });
    if (options.overlay && all !== undefined && isOpaque(all, path)) items.push(mark(opaqueOf(path)));
  }
  // Whiteouts sort by their own names.
  return items.sort((a, b) => compareNames(a.header.path, b.header.path));
}

function isOpaque(xattrs: Xattrs, path: string): boolean {
  for (const prefix of ['trusted', 'user']) {
    if (xattrs.has(`${prefix}.overlay.redirect`)) {
      throw new LadingError(
        'TAR_UNSUPPORTED',
        `Cannot scan ${JSON.stringify(path)}: overlayfs moved it by a redirect`,
        {
          hint: 'Mount the overlay with redirect_dir=nofollow and metacopy=off.',
        },
      );
    }
    const mark = xattrs.get(`${prefix}.overlay.opaque`);
    if (mark?.length === 1 && mark[0] === 0x79) return true;
  }
  return false;
}

function layerXattrs(xattrs: Xattrs, type: TarHeader['type']): Xattrs | undefined {
  const kept = [...xattrs].filter(([name]) => isLayerXattr(name, type));
  return kept.length === 0 ? undefined : new Map(kept);
}

/** The attributes of directories, which come first: an opaque mark becomes an entry that may sort anywhere inside. */
async function xattrsOf(
  contents: AsyncGenerator<ArchivedEntry, void, void>,
  directories: readonly FoundFile[],
): Promise<Map<string, Xattrs>> {
  const result = new Map<string, Xattrs>();
  for (const { header } of directories) {
    const next = await contents.next();
    if (next.done === true || next.value.path !== header.path) throw changed(header.path);
    if (next.value.xattrs !== undefined) result.set(header.path, next.value.xattrs);
  }
  return result;
}

function archive(
  root: string,
  files: readonly { readonly header: TarHeader }[],
  io: Io,
): AsyncGenerator<ArchivedEntry, void, void> {
  const names = files.map(({ header }) => nameFor(header));
  return readTar(create(root, names, XATTRS, io.signal), io);
}

/** With `./` in front no name looks like an option. */
function nameFor(header: TarHeader): Uint8Array {
  return Buffer.concat([Buffer.from('./'), encodeName(header.path)]);
}

async function nextOf(
  contents: AsyncGenerator<ArchivedEntry, void, void>,
  header: TarHeader,
): Promise<{ content: Bytes; xattrs: Xattrs | undefined }> {
  const next = await contents.next();
  if (next.done === true || next.value.path !== header.path) throw changed(header.path);
  const entry = next.value;
  if (entry.type !== 'file' || entry.size !== header.size) throw changed(header.path);
  return { content: entry.content, xattrs: entry.xattrs && layerXattrs(entry.xattrs, 'file') };
}

function changed(path: string): LadingError {
  return new LadingError('UNPACK_FAILED', `Cannot scan ${JSON.stringify(path)}: it changed while it was being read`, {
    hint: 'Stop what writes to the folder and try again.',
    details: { path },
  });
}
