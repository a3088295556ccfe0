import { posix } from 'node:path';
import { LadingError } from '@lading/errors';
import type { FileTree } from '@lading/filetree';
import { compareNames, type TarHeader } from '@lading/tar';
import type { SourceFile } from '../file-source.ts';
import type { Owner } from './owner.ts';
import type { Selected } from './select.ts';
import { standardFolderMode } from './standard-folders.ts';

/** An entry of the layer to be written, and where its content comes from. */
export interface PlannedEntry extends TarHeader {
  readonly from?: SourceFile;
  readonly text?: string;
}

export interface PlanOptions {
  readonly selected: readonly Selected[];
  /** Files written in the Dockerfile itself. */
  readonly inline: readonly { readonly name: string; readonly content: string }[];
  /** As written, after expansion. */
  readonly destination: string;
  readonly workdir: string;
  readonly parents: boolean;
  readonly owner?: Owner | undefined;
  readonly mode?: ((mode: number, isDirectory: boolean) => number) | undefined;
  /** An archive may put a file where a folder is, and the reverse; COPY may not. */
  readonly replace?: boolean;
  readonly epoch: number;
  /** The layer has to fit on any file system: folders on the way get what they have nearly everywhere. */
  readonly link?: boolean;
}

const root: Owner = { uid: 0, gid: 0 };

/**
 * Which entries a COPY makes on top of a file system, sorted. Links in the destination are followed inside the file system, as a
 * process there would. Dockerfile reference §copy:
 * - the destination is a folder when it ends with a slash or is one already; else a single file is copied to that very path;
 * - of a folder the inside is copied, not the folder: the destination keeps its metadata; what has to be made is 0755, or as --chmod says;
 * - folders below bring their metadata, also over folders that are there.
 * Throws BUILD_INVALID where a file would have to replace a folder or the reverse, or several files one path.
 */
export function planCopy(tree: FileTree, options: PlanOptions): PlannedEntry[] {
  const { selected, inline, parents } = options;
  const plan = new Plan(tree, options);
  const folder = relativePath(tree.resolve(posix.resolve('/', options.workdir, options.destination)));
  if ((parents || /(^|\/)\.{0,2}$/.test(options.destination)) && selected.length + inline.length > 0)
    plan.makeFolder(folder);
  let single: string | undefined;
  /** Where something that is no folder goes. */
  const placeOf = (name: string): string => {
    if (plan.isFolder(folder)) return join(folder, name);
    if (single !== undefined) throw severalFiles(options.destination, single, name);
    single = name;
    return folder;
  };

  for (const { file, path, keptFrom, above, inside } of selected) {
    const kept = parents ? join(folder, path.slice(keptFrom)) : folder;
    for (const one of above) plan.addFolder(join(folder, one.path.slice(keptFrom)), one, 'keep');
    if (file.type !== 'directory') {
      plan.add(parents ? kept : placeOf(posix.basename(path)), file);
      continue;
    }
    if (parents) plan.addFolder(kept, file, 'change');
    else plan.makeFolder(folder);
    const start = file.path === '' ? 0 : file.path.length + 1;
    for (const below of inside) {
      const place = join(kept, below.path.slice(start));
      if (below.type === 'directory') plan.addFolder(place, below, 'change');
      else plan.add(place, below);
    }
  }
  for (const { name, content } of inline) plan.addText(placeOf(name), content);
  return plan.entries();
}

/** The entries that make a folder and those above it where they are missing. */
export function planFolder(tree: FileTree, path: string, owner: Owner, epoch: number): PlannedEntry[] {
  const plan = new Plan(tree, { owner, epoch });
  plan.makeFolder(relativePath(tree.resolve(path)));
  return plan.entries();
}

class Plan {
  readonly #tree: FileTree;
  readonly #options: Pick<PlanOptions, 'owner' | 'mode' | 'epoch' | 'replace' | 'link'>;
  readonly #entries = new Map<string, PlannedEntry>();
  /** Of each folder the paths in it that lead to entries; kept where folders may be replaced. */
  readonly #inside = new Map<string, Set<string>>();

  constructor(tree: FileTree, options: Pick<PlanOptions, 'owner' | 'mode' | 'epoch' | 'replace' | 'link'>) {
    this.#tree = tree;
    this.#options = options;
  }

  /** Sorted; names of one content after the first are hard links to it. */
  entries(): PlannedEntry[] {
    const first = new Map<string, string>();
    return [...this.#entries.values()]
      .sort((a, b) => compareNames(a.path, b.path))
      .map((entry) => {
        const id = entry.type === 'file' ? entry.from?.contentId : undefined;
        const linkPath = id === undefined ? undefined : first.get(id);
        if (id !== undefined && linkPath === undefined) first.set(id, entry.path);
        if (linkPath === undefined) return entry;
        const { from: _from, xattrs: _xattrs, ...header } = entry;
        return { ...header, type: 'hardlink', size: 0, linkPath };
      });
  }

  isFolder(path: string): boolean {
    return this.#at(path)?.type === 'directory';
  }

  /** Makes a folder, and those above it, where there is none. */
  makeFolder(path: string): void {
    const missing: string[] = [];
    for (let at = path; at !== ''; at = at.includes('/') ? posix.dirname(at) : '') {
      const existing = this.#at(at);
      if (existing?.type === 'directory') break;
      if (existing !== undefined) throw conflict(`/${path}`, `/${at} is not a folder`);
      missing.push(at);
    }
    const { owner = root, mode: change, epoch, link = false } = this.#options;
    const made = { mode: change?.(0o755, true) ?? 0o755, ...owner };
    for (const folder of missing.reverse()) {
      const standard = link ? standardFolderMode(folder) : undefined;
      const metadata = standard === undefined ? made : { mode: standard, ...root };
      this.#set({ path: folder, type: 'directory', ...metadata, mtime: epoch, size: 0 });
    }
  }

  /** A folder of the source. One that is there keeps its metadata, or gets that of the source. */
  addFolder(target: string, file: SourceFile, present: 'keep' | 'change'): void {
    const path = relativePath(this.#tree.resolve(`/${target}`));
    const existing = this.#at(path);
    if (existing !== undefined && existing.type !== 'directory') {
      if (this.#options.replace !== true) throw conflict(`/${path}`, 'a file is where the folder has to be');
      this.#set({ ...this.#metadata(file), path });
      return;
    }
    if (path === '' || (existing !== undefined && present === 'keep')) return;
    const entry: PlannedEntry = { ...this.#metadata(file), path };
    if (existing !== undefined && isSame(existing, entry)) return;
    this.makeFolder(parentOf(path));
    this.#set(entry);
  }

  add(target: string, file: SourceFile): void {
    if (file.type === 'hardlink') {
      throw new LadingError(
        'BUILD_INVALID',
        `Cannot copy ${file.path}: it is a hard link to ${file.linkPath}, which does not exist`,
      );
    }
    this.#set({ ...this.#metadata(file), path: this.#place(target), from: file });
  }

  addText(target: string, content: string): void {
    const { owner = root, mode, epoch } = this.#options;
    const size = Buffer.byteLength(content);
    const header = { type: 'file', mode: mode?.(0o644, false) ?? 0o644, ...owner, mtime: epoch, size } as const;
    this.#set({ ...header, path: this.#place(target), text: content });
  }

  #at(path: string): TarHeader | undefined {
    return this.#entries.get(path) ?? this.#tree.get(path);
  }

  #set(entry: PlannedEntry): void {
    const { path, type } = entry;
    if (/(^|\/)\.wh\.[^/]*$/.test(path))
      throw conflict(`/${path}`, 'in a layer, a name that starts with .wh. means that something is deleted');
    if (type !== 'directory' && this.isFolder(path)) {
      if (this.#options.replace !== true) throw conflict(`/${path}`, 'a folder is where the file has to be');
      this.#removeInside(path);
    }
    this.#entries.set(path, entry);
    if (this.#options.replace === true) this.#noteInside(path);
  }

  #noteInside(path: string): void {
    for (let at = path; at !== ''; ) {
      const folder = parentOf(at);
      const inside = this.#inside.get(folder) ?? new Set();
      if (inside.has(at)) return;
      this.#inside.set(folder, inside.add(at));
      at = folder;
    }
  }

  #removeInside(folder: string): void {
    const folders = [folder];
    for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
      for (const path of this.#inside.get(at) ?? []) {
        this.#entries.delete(path);
        folders.push(path);
      }
      this.#inside.delete(at);
    }
  }

  /** The path of a target without links, after making the folders above it that are missing. */
  #place(target: string): string {
    const parent = relativePath(this.#tree.resolve(`/${parentOf(target)}`));
    this.makeFolder(parent);
    return join(parent, posix.basename(target));
  }

  #metadata(file: SourceFile): TarHeader {
    const { owner, mode, epoch } = this.#options;
    return {
      path: file.path,
      type: file.type,
      mode: file.type === 'symlink' ? 0o777 : (mode?.(file.mode, file.type === 'directory') ?? file.mode),
      uid: owner?.uid ?? file.uid,
      gid: owner?.gid ?? file.gid,
      size: file.type === 'file' ? file.size : 0,
      mtime: Math.min(Math.floor(file.mtime), epoch),
      ...(file.type === 'symlink' && file.linkPath !== undefined ? { linkPath: file.linkPath } : {}),
      ...(file.deviceMajor === undefined ? {} : { deviceMajor: file.deviceMajor }),
      ...(file.deviceMinor === undefined ? {} : { deviceMinor: file.deviceMinor }),
      ...(file.xattrs === undefined ? {} : { xattrs: file.xattrs }),
    };
  }
}

/** Whether a folder would look the same; its time alone is no reason for an entry. */
function isSame(a: TarHeader, b: TarHeader): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid) return false;
  const [one, other] = [a.xattrs ?? new Map<string, Uint8Array>(), b.xattrs ?? new Map<string, Uint8Array>()];
  if (one.size !== other.size) return false;
  return [...one].every(([name, value]) =>
    Buffer.from(value).equals(other.get(name) ?? new Uint8Array(value.length + 1)),
  );
}

function conflict(path: string, reason: string): LadingError {
  return new LadingError('BUILD_INVALID', `Cannot copy to ${path}: ${reason}`, {
    hint: 'Choose another destination, or remove what is there in an earlier step.',
  });
}

function severalFiles(destination: string, first: string, second: string): LadingError {
  return new LadingError(
    'BUILD_INVALID',
    `Cannot copy both ${first} and ${second} to "${destination}": it is not a folder`,
    { hint: 'End the destination with a slash.' },
  );
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function relativePath(path: string): string {
  return path.replace(/^\/+/, '').replace(/\/+$/, '');
}

function join(folder: string, name: string): string {
  return relativePath(folder === '' ? name : `${folder}/${name}`);
}
