import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LadingError, messageOf } from '@lading/errors';
import { compareNames, decodeName, encodeName } from '@lading/tar';

/** A path inside a folder: relative to it, with slashes, as in tar headers. What stands there, no link followed. */
export interface Found {
  readonly path: string;
  readonly stats: Stats;
}

/** Linux gives up after 40 links. */
const maxLinks = 40;
/** After so many calls that block, others get their turn. */
const batch = 64;

/** A folder of this machine, as a process would see it that has it as its root: no link leads out of it. */
export class LocalFolder {
  readonly #root: string;
  #calls = 0;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Throws FILE_NOT_FOUND, FILE_UNREADABLE, BUILD_INVALID when it is no folder. */
  static async open(folder: string): Promise<LocalFolder> {
    let isFolder: boolean;
    let root: string;
    try {
      root = decodeName(await realpath(folder, { encoding: 'buffer' }));
      isFolder = (await stat(nameOnDisk(root))).isDirectory();
    } catch (cause) {
      if (isAbsent(cause)) {
        throw new LadingError('FILE_NOT_FOUND', `Cannot use the build context ${folder}: it does not exist`, {
          hint: 'Give the folder that COPY and ADD read from.',
          cause,
        });
      }
      throw unreadable(folder, cause);
    }
    if (isFolder) return new LocalFolder(root);
    throw new LadingError('BUILD_INVALID', `Cannot use the build context ${folder}: it is not a folder`, {
      hint: 'Give the folder that COPY and ADD read from; name a Dockerfile with --file.',
    });
  }

  /** Where it lies on this machine, in a form that the file system takes. */
  onDisk(path: string): string | Buffer {
    return nameOnDisk(path === '' ? this.#root : join(this.#root, path));
  }

  /** Undefined when nothing is there. Links are not followed: the path is one that `resolve()` or `list()` gave. */
  look(path: string): Found | undefined {
    try {
      return { path, stats: lstatSync(this.onDisk(path)) };
    } catch (cause) {
      if (isAbsent(cause)) return undefined;
      throw unreadable(path, cause);
    }
  }

  /** The names in a folder, in byte order. */
  async list(path: string): Promise<Found[]> {
    let names: Buffer[];
    try {
      names = readdirSync(this.onDisk(path), { encoding: 'buffer' });
    } catch (cause) {
      throw unreadable(path, cause);
    }
    const found: Found[] = [];
    for (const name of names.map((name) => decodeName(name)).sort(compareNames)) {
      if (++this.#calls % batch === 0) await new Promise((resolve) => setImmediate(resolve));
      const one = this.look(path === '' ? name : `${path}/${name}`);
      if (one !== undefined) found.push(one);
    }
    return found;
  }

  /**
   * Finds a path and follows the links on the way, the last one when `follow`; `onLink` is told of each. Undefined when it leads
   * nowhere. Throws BUILD_INVALID for links that run in circles.
   */
  async resolve(path: string, follow: boolean, onLink: (link: Found) => void): Promise<Found | undefined> {
    const pending = path.split('/').reverse();
    let at = '';
    for (let links = 0; pending.length > 0; ) {
      const name = pending.pop() ?? '';
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
        continue;
      }
      const next = this.look(at === '' ? name : `${at}/${name}`);
      if (next === undefined) return undefined;
      const isLast = pending.every((part) => part === '' || part === '.');
      if (!next.stats.isSymbolicLink() || (isLast && !follow)) {
        at = next.path;
        continue;
      }
      onLink(next);
      links += 1;
      if (links > maxLinks) {
        throw new LadingError('BUILD_INVALID', `Cannot copy ${path}: the links it leads through run in circles`);
      }
      const target = await this.linkTarget(next.path);
      if (target.startsWith('/')) at = '';
      pending.push(...target.split('/').reverse());
    }
    return this.look(at);
  }

  async linkTarget(path: string): Promise<string> {
    try {
      return decodeName(await readlink(this.onDisk(path), { encoding: 'buffer' }));
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

export function unreadable(path: string, cause: unknown): LadingError {
  const shown = path === '' ? 'the build context' : JSON.stringify(path.length > 100 ? `${path.slice(0, 100)}…` : path);
  // The code alone: Node's message holds the whole path of this machine.
  const reason = (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
  return new LadingError('FILE_UNREADABLE', `Cannot read ${shown}: ${reason}`, {
    hint: 'Make it readable for the user who builds, or leave it out with a .dockerignore.',
    cause,
    details: { path },
  });
}

/** Names that are not UTF-8 have to be given to the file system as bytes. */
function nameOnDisk(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeName(path);
}
