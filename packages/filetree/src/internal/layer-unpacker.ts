import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lutimesSync,
  openSync,
  symlinkSync,
} from 'node:fs';
import { LadingError } from '@lading/errors';
import { type ArchivedEntry, compareNames, encodeName, type TarHeader, type Whiteout } from '@lading/tar';
import type { UnpackLayerOptions } from '../unpack-layer-options.ts';
import { isLayerXattr } from '../xattr-rules.ts';
import { fileBelow, folderBelow } from './lower-layers.ts';
import { RootFolder } from './root-folder.ts';
import { canMakeDevices, SpecialFiles } from './special-files.ts';
import { impliedDirectory, join } from './tree-node.ts';
import { unpackFailed } from './unpack-failed.ts';
import { writeContent } from './write-content.ts';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Puts the entries of one layer on disk, in archive order. What must come last waits for `finish`. */
export class LayerUnpacker {
  readonly #directory: string;
  readonly #options: UnpackLayerOptions;
  readonly #root: RootFolder;
  readonly #specials: SpecialFiles = new SpecialFiles();
  /** Metadata of directories: set last, as work inside would move times and a mode could lock us out. */
  readonly #directories: Map<string, TarHeader> = new Map();
  /** For `overlay`: what to hide, decided at the end, when it is known what the layer itself has there. */
  readonly #removed: Set<string> = new Set();
  readonly #opaque: Set<string> = new Set();
  /** For `apply`: what this layer has made, with all parents. Its whiteouts spare that, wherever they stand. */
  readonly #own: Set<string> = new Set();
  readonly #keepOwners: boolean;
  readonly #isRoot: boolean = process.geteuid?.() === 0;
  readonly #devices: boolean;

  constructor(directory: string, fresh: boolean, options: UnpackLayerOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#root = new RootFolder(directory, fresh);
    this.#keepOwners = options.owners === 'keep';
    this.#devices = this.#keepOwners && canMakeDevices();
  }

  async add(entry: ArchivedEntry): Promise<void> {
    const path = this.#place(entry.path);
    this.#claim(path);
    if (entry.type === 'directory') {
      this.#addDirectory(path, entry);
      return;
    }
    this.#clear(path);
    try {
      if (entry.type === 'file') await this.#addFile(path, entry);
      else if (entry.type === 'symlink') this.#addSymlink(path, entry);
      else if (entry.type === 'hardlink') this.#addHardLink(path, entry);
      else this.#addSpecial(path, entry);
    } catch (error) {
      throw unpackFailed(entry.path, error);
    }
  }

  hide(whiteout: Whiteout): void {
    if (this.#options.whiteouts === 'overlay') {
      if (whiteout.kind === 'opaque') this.#opaque.add(this.#root.directory(whiteout.path, true)!);
      else this.#removed.add(this.#place(whiteout.path));
      return;
    }
    if (whiteout.kind === 'opaque') {
      const path = this.#root.directory(whiteout.path, false);
      if (path !== undefined) this.#prune(path);
      return;
    }
    const slash = whiteout.path.lastIndexOf('/');
    const parent = this.#root.directory(whiteout.path.slice(0, Math.max(slash, 0)), false);
    if (parent !== undefined) this.#removeLower(join(parent, whiteout.path.slice(slash + 1)));
  }

  async finish(): Promise<void> {
    const prefix = this.#options.xattrPrefix ?? 'trusted';
    for (const path of this.#removed) {
      if (!this.#root.isReal(path) || this.#specials.has(path)) continue;
      const kind = this.#root.kind(path);
      // Hidden and made again in one layer: nothing of the lower directory shows through.
      if (kind === 'directory') this.#opaque.add(path);
      if (kind !== undefined) continue;
      const device = { type: 'character', deviceMajor: 0, deviceMinor: 0 } as const;
      // Our own: anybody may make a whiteout, not everybody may give it away.
      const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
      this.#specials.add({ path, ...device, mode: 0, uid, gid, size: 0, mtime: 0 });
    }
    for (const path of this.#opaque) {
      if (!this.#root.isReal(path) || this.#root.kind(path) !== 'directory') continue;
      this.#specials.addXattr(path, `${prefix}.overlay.opaque`, 'y');
    }
    const signal = this.#options.signal;
    await this.#specials.make(this.#root, this.#directory, { keepOwners: this.#keepOwners, signal });
    for (const path of this.#root.implied) {
      if (!this.#directories.has(path))
        this.#directories.set(
          path,
          folderBelow(this.#options.below ?? [], path) ?? impliedDirectory(path, undefined).node,
        );
    }
    const paths = [...this.#directories.keys()].sort((a, b) => compareNames(b, a));
    for (const path of paths) {
      if (!this.#root.isReal(path) || this.#root.kind(path) !== 'directory') continue;
      try {
        const file = openSync(this.#root.disk(path), DIRECTORY);
        this.#setMetadata(file, this.#directories.get(path)!);
      } catch (error) {
        throw unpackFailed(path, error);
      }
    }
  }

  /** Where an archive's path is on disk once links in its parents are followed; the parents are made. */
  #place(path: string): string {
    const slash = path.lastIndexOf('/');
    return slash === -1 ? path : join(this.#root.directory(path.slice(0, slash), true)!, path.slice(slash + 1));
  }

  #addDirectory(path: string, entry: TarHeader): void {
    const header = { ...entry, path };
    if (this.#root.kind(path) !== 'directory') {
      this.#clear(path);
      this.#root.makeDirectory(path);
    }
    this.#specials.drop(path, false);
    this.#directories.set(path, header);
    const xattrs = this.#xattrs(entry);
    if (xattrs !== undefined) this.#specials.add({ ...bare(header), xattrs });
  }

  async #addFile(path: string, entry: ArchivedEntry): Promise<void> {
    const file = openSync(this.#root.disk(path), NEW_FILE, 0o600);
    this.#root.made(path, 'other');
    let open = true;
    try {
      await writeContent(file, entry, this.#options.signal);
      open = false;
      this.#setMetadata(file, entry);
    } finally {
      if (open) closeSync(file);
    }
    const xattrs = this.#xattrs(entry);
    if (xattrs !== undefined) this.#specials.add({ ...bare(entry), path, xattrs });
  }

  #addSymlink(path: string, entry: TarHeader): void {
    const target = entry.linkPath ?? '';
    const disk = this.#root.disk(path);
    symlinkSync(target.isWellFormed() ? target : encodeName(target), disk);
    this.#root.made(path, 'symlink');
    if (this.#keepOwners) lchownSync(disk, entry.uid, entry.gid);
    lutimesSync(disk, entry.mtime, entry.mtime);
  }

  /** A hard link is made only to what is inside; a link to a link is a second name of the link itself. */
  #addHardLink(path: string, entry: TarHeader): void {
    const target = entry.linkPath ?? '';
    const slash = target.lastIndexOf('/');
    const parent = this.#root.directory(target.slice(0, Math.max(slash, 0)), false);
    const from = parent === undefined ? undefined : join(parent, target.slice(slash + 1));
    const kind = from === undefined ? undefined : this.#root.kind(from);
    const special = from === undefined ? undefined : this.#specials.get(from);
    if (kind === undefined && special === undefined && this.#copyFromBelow(target, path)) return;
    if (from === undefined || kind === 'directory' || (kind === undefined && special === undefined)) {
      const what = kind === 'directory' ? 'is a directory' : 'does not exist';
      throw new LadingError(
        'TAR_INVALID',
        `Cannot unpack ${JSON.stringify(entry.path)}: the target ${JSON.stringify(target)} of this hard link ${what}`,
        { details: { path: entry.path, target } },
      );
    }
    if (special !== undefined) this.#specials.add({ ...bare(entry), path, type: 'hardlink', linkPath: from });
    if (kind === undefined) return;
    linkSync(this.#root.disk(from), this.#root.disk(path));
    this.#root.made(path, kind);
  }

  /**
   * A hard link to a file of a lower layer: in an overlay the two are files of their own, so this layer gets a copy, as it would have
   * if the link had been made there.
   */
  #copyFromBelow(target: string, path: string): boolean {
    const found = fileBelow(this.#options.below ?? [], target);
    if (found === undefined) return false;
    const disk = this.#root.disk(path);
    copyFileSync(found.place, disk, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    this.#root.made(path, 'other');
    const { uid, gid, mode, mtimeMs } = found.stats;
    const header = { path, type: 'file', mode: mode & 0o7777, uid, gid, size: 0, mtime: mtimeMs / 1000 } as const;
    this.#setMetadata(openSync(disk, constants.O_RDONLY | constants.O_NOFOLLOW), header);
    return true;
  }

  #addSpecial(path: string, entry: TarHeader): void {
    if (entry.type !== 'fifo' && !this.#devices) return;
    this.#specials.add({ ...bare(entry), path });
  }

  /** Takes away what stands in the way of a new entry. */
  #clear(path: string): void {
    this.#specials.drop(path, this.#root.kind(path) === 'directory');
    this.#directories.delete(path);
    this.#root.remove(path);
  }

  /** Owner before mode, as a change of owner clears setuid. Closes the file. */
  #setMetadata(file: number, header: TarHeader): void {
    try {
      if (this.#keepOwners) fchownSync(file, header.uid, header.gid);
      fchmodSync(file, header.mode);
      futimesSync(file, header.mtime, header.mtime);
    } finally {
      closeSync(file);
    }
  }

  #xattrs(entry: TarHeader): Map<string, Uint8Array> | undefined {
    if (entry.xattrs === undefined) return undefined;
    const kept = new Map<string, Uint8Array>();
    for (const [name, value] of entry.xattrs) {
      if (!isLayerXattr(name, entry.type) || (name.startsWith('security.') && !this.#isRoot)) continue;
      kept.set(name, value);
    }
    return kept.size === 0 ? undefined : kept;
  }

  #claim(path: string): void {
    if (this.#options.whiteouts !== 'apply') return;
    for (let at = path; !this.#own.has(at); at = at.slice(0, Math.max(at.lastIndexOf('/'), 0))) {
      this.#own.add(at);
      if (at === '') break;
    }
  }

  /** Removes what lower layers left at a path; what this layer made there stays. */
  #removeLower(path: string): void {
    if (!this.#own.has(path)) this.#root.remove(path);
    else if (this.#root.kind(path) === 'directory') this.#prune(path);
  }

  #prune(path: string): void {
    for (const name of this.#root.names(path)) this.#removeLower(join(path, name));
  }
}

/** A header without attributes. */
function bare(header: TarHeader): TarHeader {
  const { path, type, mode, uid, gid, size, mtime, linkPath, deviceMajor, deviceMinor } = header;
  return {
    path,
    type,
    mode,
    uid,
    gid,
    size,
    mtime,
    ...(linkPath === undefined ? {} : { linkPath }),
    ...(deviceMajor === undefined ? {} : { deviceMajor }),
    ...(deviceMinor === undefined ? {} : { deviceMinor }),
  };
}
