import { fromBuffer } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { compareNames, type TarEntryInput } from '@lading/tar';
import type { Spool, Stretch } from '../internal/spool.ts';

/** One path of the root file system that is being put together. */
export interface RootNode {
  readonly type: 'directory' | 'file' | 'symlink' | 'character' | 'block' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970; clamped to the epoch when written. */
  readonly mtime: number;
  /** Of a file: in the spool, or in memory. */
  readonly content?: Stretch | Buffer;
  /** Of a symlink. */
  readonly target?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** The package it came with. */
  readonly owner?: string;
}

const MAX_LINKS = 40;

/** The root file system by path (relative, `''` is the root). What is added later at a path replaces what is there. */
export class RootTree {
  readonly #nodes = new Map<string, RootNode>();
  /** Seconds since 1970: the time of everything that is made here, and the newest time that any file gets. */
  readonly epoch: number;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** The node at exactly this path; a symlink is itself. */
  get(path: string): RootNode | undefined {
    return this.#nodes.get(path);
  }

  /** Puts a node at exactly this path; parents that do not exist become directories of root with mode 0755. */
  set(path: string, node: RootNode): void {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      if (this.#nodes.has(parent)) break;
      this.#nodes.set(parent, { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: this.epoch });
    }
    this.#nodes.set(path, node);
  }

  /** Removes a path and everything below it. */
  remove(path: string): void {
    this.#nodes.delete(path);
    for (const other of this.#nodes.keys()) if (other.startsWith(`${path}/`)) this.#nodes.delete(other);
  }

  delete(path: string): void {
    this.#nodes.delete(path);
  }

  paths(): string[] {
    return [...this.#nodes.keys()];
  }

  /**
   * Where a path lies once the symlinks on the way to it are followed, inside the tree; with `last`, also the one at its end.
   * Parts that do not exist stay as they are. Throws PACKAGE_INVALID for a loop of links.
   */
  resolve(path: string, last = false): string {
    let todo = path.split('/').filter((part) => part !== '');
    let at: string[] = [];
    for (let links = 0; todo.length > 0; ) {
      const [part = '', ...rest] = todo;
      todo = rest;
      if (part === '.') continue;
      if (part === '..') {
        at.pop();
        continue;
      }
      at.push(part);
      const node = this.#nodes.get(at.join('/'));
      if (node?.type !== 'symlink' || (todo.length === 0 && !last)) continue;
      if (++links > MAX_LINKS)
        throw new LadingError('PACKAGE_INVALID', `Cannot use path /${path}: its symlinks form a loop`);
      const target = node.target ?? '';
      if (target.startsWith('/')) at = [];
      else at.pop();
      todo = [...target.split('/').filter((one) => one !== ''), ...todo];
    }
    return at.join('/');
  }

  /** Whether something is there once every symlink is followed. */
  exists(path: string): boolean {
    const resolved = this.resolve(path, true);
    return resolved === '' || this.#nodes.has(resolved);
  }

  /** The names directly in a directory, in byte order. */
  list(directory: string): string[] {
    const prefix = directory === '' ? '' : `${directory}/`;
    return this.paths()
      .filter((path) => path.length > prefix.length && path.startsWith(prefix) && !path.includes('/', prefix.length))
      .map((path) => path.slice(prefix.length))
      .toSorted(compareNames);
  }

  /** A file of our own, at the place that symlinks lead to. */
  addFile(path: string, content: Buffer | string, options: { mode?: number; uid?: number; gid?: number } = {}): void {
    const { mode = 0o644, uid = 0, gid = 0 } = options;
    const buffer = typeof content === 'string' ? Buffer.from(content) : content;
    this.set(this.resolve(path, true), { type: 'file', mode, uid, gid, mtime: this.epoch, content: buffer });
  }

  /** A directory of our own, unless there is one. */
  addDirectory(path: string, mode = 0o755, uid = 0, gid = 0): void {
    const place = this.resolve(path, true);
    if (this.#nodes.get(place)?.type === 'directory') return;
    this.set(place, { type: 'directory', mode, uid, gid, mtime: this.epoch });
  }

  addSymlink(path: string, target: string, uid = 0, gid = 0): void {
    this.set(this.resolve(path), { type: 'symlink', mode: 0o777, uid, gid, mtime: this.epoch, target });
  }

  /** The content of a file, symlinks followed; undefined when there is none. For small files: it is held in memory. */
  async read(path: string, spool: Spool): Promise<Buffer | undefined> {
    const node = this.#nodes.get(this.resolve(path, true));
    if (node?.type !== 'file' || node.content === undefined) return undefined;
    if (Buffer.isBuffer(node.content)) return node.content;
    const chunks: Uint8Array[] = [];
    for await (const chunk of spool.read(node.content)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /**
   * What a layer's tar is written from: byte order, times clamped; of several names of one file the first is the file. With `part`,
   * only the nodes that it takes and the directories above them. Of those the time is that of what they are there for, so that a
   * part's bytes depend on its own nodes.
   */
  *entries(spool: Spool, signal?: AbortSignal, part?: (node: RootNode) => boolean): Generator<TarEntryInput> {
    const times = part === undefined ? undefined : this.#timesOf(part);
    const first = new Map<Stretch | Buffer, string>();
    for (const path of (times === undefined ? this.paths() : [...times.keys()]).toSorted(compareNames)) {
      const { type, mode, uid, gid, mtime, content, target, deviceMajor, deviceMinor, xattrs } = this.#nodes.get(path)!;
      const time = times?.get(path) ?? mtime;
      const header = {
        path,
        mode,
        uid,
        gid,
        size: 0,
        mtime: Math.max(0, Math.floor(Math.min(time, this.epoch))),
        ...(xattrs === undefined ? {} : { xattrs }),
      };
      if (type === 'symlink') yield { ...header, type, linkPath: target ?? '' };
      else if (type === 'character' || type === 'block') {
        yield { ...header, type, deviceMajor: deviceMajor ?? 0, deviceMinor: deviceMinor ?? 0 };
      } else if (type !== 'file') yield { ...header, type };
      else if (content === undefined) yield { ...header, type };
      else {
        const size = Buffer.isBuffer(content) ? content.length : content.size;
        const linkPath = size > 0 ? first.get(content) : undefined;
        if (linkPath !== undefined) {
          const { xattrs: _, ...link } = header;
          yield { ...link, type: 'hardlink', linkPath };
          continue;
        }
        first.set(content, path);
        yield {
          ...header,
          type,
          size,
          content: Buffer.isBuffer(content) ? fromBuffer(content) : spool.read(content, signal),
        };
      }
    }
  }

  // The paths of a part with their times: directories come with what is in them, empty ones by themselves.
  #timesOf(part: (node: RootNode) => boolean): Map<string, number> {
    const parents = new Set<string>();
    for (const path of this.#nodes.keys()) parents.add(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    const times = new Map<string, number>();
    for (const path of this.paths().toSorted(compareNames)) {
      const node = this.#nodes.get(path)!;
      if (!part(node) || (node.owner !== undefined && node.type === 'directory' && parents.has(path))) continue;
      times.set(path, node.mtime);
      for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
        const parent = path.slice(0, slash);
        if (times.has(parent)) break;
        times.set(parent, node.mtime);
      }
    }
    return times;
  }
}

/** Throws PACKAGE_INVALID when a directory went away from under something that was kept: a mistake of the code that put it together. */
export function checkParents(tree: RootTree): void {
  for (const path of tree.paths()) {
    const slash = path.lastIndexOf('/');
    if (slash > 0 && tree.get(path.slice(0, slash))?.type !== 'directory') {
      throw new LadingError(
        'PACKAGE_INVALID',
        `Cannot put the root file system together: /${path} lies in no directory`,
      );
    }
  }
}

/** Takes paths and all below them out of the tree, but what is kept. */
export function prune(
  tree: RootTree,
  dropped: readonly string[],
  isKept: (path: string) => boolean = () => false,
): void {
  for (const path of tree.paths()) {
    if (isKept(path)) continue;
    if (dropped.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))) tree.delete(path);
  }
}
