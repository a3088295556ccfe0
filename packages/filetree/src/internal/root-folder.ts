import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { decodeName, encodeName } from '@lading/tar';
import { circular, join, MAX_LINKS } from './tree-node.ts';
import { unpackFailed } from './unpack-failed.ts';

export type Kind = 'directory' | 'symlink' | 'other';

/**
 * A folder on disk seen as a root file system: links in it are followed only by our own walk, which stays inside.
 *
 * Node has no `openat`, so safety rests on knowing what every component of a path is before using it: what this process made is
 * remembered, all else is asked with `lstat`. That holds as long as no other process changes the folder meanwhile.
 */
export class RootFolder {
  readonly #root: string;
  readonly #rootBytes: Buffer;
  /** Directories that no entry has described, made on the way to one. */
  readonly implied: Set<string> = new Set();
  /** What stands at a path without links in it. */
  readonly #known: Map<string, Kind> = new Map([['', 'directory']]);
  /** Directory paths as archives name them → where they are. Valid until something is removed. */
  readonly #resolved: Map<string, string> = new Map();
  /** True while everything inside was made here, so that what is not known does not exist. */
  #fresh: boolean;

  constructor(root: string, fresh: boolean) {
    this.#root = root;
    this.#rootBytes = Buffer.from(`${root}/`);
    this.#fresh = fresh;
  }

  /** The path for a system call; bytes where the name is not text. */
  disk(path: string): string | Buffer {
    if (path === '') return this.#root;
    return path.isWellFormed() ? `${this.#root}/${path}` : Buffer.concat([this.#rootBytes, encodeName(path)]);
  }

  kind(path: string): Kind | undefined {
    const known = this.#known.get(path);
    if (known !== undefined || this.#fresh) return known;
    let stats: Stats | undefined;
    try {
      stats = lstatSync(this.disk(path), { throwIfNoEntry: false });
    } catch (error) {
      throw unpackFailed(path, error);
    }
    if (stats === undefined) return undefined;
    const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'other';
    this.#known.set(path, kind);
    return kind;
  }

  /** Remembers what was just made at a path. */
  made(path: string, kind: Kind): void {
    this.#known.set(path, kind);
  }

  /** True when a path goes through real directories only. */
  isReal(path: string): boolean {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      if (this.kind(path.slice(0, slash)) !== 'directory') return false;
    }
    return true;
  }

  /**
   * Where an archive's directory is, after following links inside the root. What is missing is made when `create` is
   * set, replacing files in the way; else the result is undefined. Links in circles are
   * TAR_INVALID when creating, else missing.
   */
  directory(path: string, create: boolean): string | undefined {
    if (path === '') return '';
    const cached = this.#resolved.get(path);
    if (cached !== undefined) return cached;
    const pending = path.split('/').reverse();
    let at = '';
    let links = 0;
    while (pending.length > 0) {
      const name = pending.pop()!;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at = at.slice(0, Math.max(at.lastIndexOf('/'), 0));
        continue;
      }
      const next = join(at, name);
      const kind = this.kind(next);
      if (kind === 'symlink') {
        links += 1;
        if (links > MAX_LINKS) {
          if (create) throw circular(path);
          return undefined;
        }
        const target = decodeName(readlinkSync(this.disk(next), 'buffer'));
        if (target.startsWith('/')) at = '';
        for (const part of target.split('/').reverse()) pending.push(part);
        continue;
      }
      if (kind !== 'directory') {
        if (!create) return undefined;
        if (kind !== undefined) this.remove(next);
        this.makeDirectory(next);
        this.implied.add(next);
      }
      at = next;
    }
    this.#resolved.set(path, at);
    return at;
  }

  /** Makes a directory that only we can use yet; its metadata comes last. */
  makeDirectory(path: string): void {
    try {
      mkdirSync(this.disk(path), { mode: 0o700 });
    } catch (error) {
      throw unpackFailed(path, error);
    }
    this.#known.set(path, 'directory');
  }

  /** Removes whatever stands at a path, directories with all they hold; links are removed, never followed. */
  remove(path: string): void {
    const kind = this.kind(path);
    if (kind === undefined) return;
    try {
      if (kind === 'directory') {
        removeTree(Buffer.from(this.disk(path)));
        // Rather than search for all that was below, ask the disk from now on.
        this.#known.clear();
        this.#known.set('', 'directory');
        this.#fresh = false;
      } else {
        unlinkSync(this.disk(path));
        this.#known.delete(path);
      }
    } catch (error) {
      throw unpackFailed(path, error);
    }
    if (kind !== 'other') this.#resolved.clear();
  }

  /** The names in a directory. */
  names(path: string): string[] {
    return readdirSync(this.disk(path), 'buffer').map((name) => decodeName(name));
  }
}

function removeTree(path: Buffer): void {
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: 'buffer' })) {
    const child = Buffer.concat([path, Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) removeTree(child);
    else unlinkSync(child);
  }
  rmdirSync(path);
}
