import { posix } from 'node:path';
import { LadingError } from '@lading/errors';
import type { FileTree } from '@lading/filetree';
import { compareNames, type TarHeader } from '@lading/tar';
import type { SourceFile } from '../file-source.ts';
import type { Selected } from './select.ts';

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
  /** True when several things are copied, or a pattern was used. */
  readonly plural: boolean;
  readonly parents: boolean;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly mode?: ((mode: number, isDirectory: boolean) => number) | undefined;
  readonly epoch: number;
}

/**
 * Which entries a COPY makes on top of a file system, sorted. Folders that exist keep their metadata and are left out; those that
 * are missing are made. Links in the destination are followed inside the file system, as a process there would.
 * Throws BUILD_INVALID where a file would have to replace a folder or the reverse.
 */
export function planCopy(tree: FileTree, options: PlanOptions): PlannedEntry[] {
  const plan = new Plan(tree, options);
  const absolute = posix.resolve('/', options.workdir, options.destination);
  const folder = relativePath(tree.resolve(absolute));
  const intoFolder =
    options.plural ||
    /(^|\/)\.?$/.test(options.destination) ||
    options.parents ||
    tree.lookup(absolute)?.type === 'directory';

  for (const { file, path, keptFrom, inside } of options.selected) {
    const kept = options.parents ? path.slice(keptFrom) : '';
    const base = options.parents ? join(folder, kept) : folder;
    if (file.type === 'directory') {
      plan.addDirectory(base, file);
      for (const below of inside)
        plan.add(join(base, below.path.slice(file.path === '' ? 0 : file.path.length + 1)), below);
    } else if (options.parents) {
      plan.add(base, file);
    } else {
      plan.add(intoFolder ? join(folder, posix.basename(path)) : folder, file);
    }
  }
  for (const { name, content } of options.inline) plan.addText(intoFolder ? join(folder, name) : folder, content);
  return plan.entries();
}

class Plan {
  readonly #tree: FileTree;
  readonly #options: PlanOptions;
  readonly #entries = new Map<string, PlannedEntry>();

  constructor(tree: FileTree, options: PlanOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  entries(): PlannedEntry[] {
    return [...this.#entries.values()].sort((a, b) => compareNames(a.path, b.path));
  }

  add(target: string, file: SourceFile): void {
    if (file.type === 'directory') {
      this.addDirectory(target, file);
      return;
    }
    if (file.type === 'hardlink') {
      throw new LadingError(
        'BUILD_INVALID',
        `Cannot copy ${file.path}: it is a hard link to ${file.linkPath}, which does not exist`,
      );
    }
    const path = this.#place(target);
    if (this.#tree.get(path)?.type === 'directory' || this.#entries.get(path)?.type === 'directory') {
      throw new LadingError('BUILD_INVALID', `Cannot copy ${file.path} to /${path}: a folder is there`, {
        hint: 'End the destination with a slash to copy into the folder.',
      });
    }
    this.#entries.set(path, { ...this.#metadata(file), path, from: file });
  }

  addText(target: string, content: string): void {
    const path = this.#place(target);
    const mode = this.#options.mode?.(0o644, false) ?? 0o644;
    const { owner = { uid: 0, gid: 0 }, epoch } = this.#options;
    this.#entries.set(path, {
      path,
      type: 'file',
      mode,
      ...owner,
      mtime: epoch,
      size: Buffer.byteLength(content),
      text: content,
    });
  }

  /** A folder of the source: made when missing, left as it is when there. */
  addDirectory(target: string, file: SourceFile): void {
    const path = relativePath(this.#tree.resolve(`/${target}`));
    const existing = this.#tree.get(path) ?? this.#entries.get(path);
    if (path === '' || existing?.type === 'directory') return;
    if (existing !== undefined) {
      throw new LadingError(
        'BUILD_INVALID',
        `Cannot copy the folder ${file.path || '/'} to /${path}: a file is there`,
        {
          hint: 'Choose another destination, or remove the file in an earlier step.',
        },
      );
    }
    this.#place(target);
    this.#entries.set(path, { ...this.#metadata(file), path });
  }

  /** The canonical path of a target, after making the folders above it that are missing. */
  #place(target: string): string {
    const parent = relativePath(this.#tree.resolve(`/${posix.dirname(`/${target}`)}`));
    const missing: string[] = [];
    for (let at = parent; at !== ''; at = at.includes('/') ? posix.dirname(at) : '') {
      const existing = this.#entries.get(at) ?? this.#tree.get(at);
      if (existing?.type === 'directory') break;
      if (existing !== undefined) {
        throw new LadingError('BUILD_INVALID', `Cannot copy to /${target}: /${at} is not a folder`);
      }
      missing.push(at);
    }
    const { owner = { uid: 0, gid: 0 }, epoch } = this.#options;
    for (const path of missing.reverse()) {
      this.#entries.set(path, { path, type: 'directory', mode: 0o755, ...owner, mtime: epoch, size: 0 });
    }
    return join(parent, posix.basename(target));
  }

  #metadata(file: SourceFile): TarHeader {
    const { owner, mode, epoch } = this.#options;
    const isDirectory = file.type === 'directory';
    return {
      path: file.path,
      type: file.type,
      mode: file.type === 'symlink' ? 0o777 : (mode?.(file.mode, isDirectory) ?? file.mode),
      uid: owner?.uid ?? file.uid,
      gid: owner?.gid ?? file.gid,
      size: file.type === 'file' ? file.size : 0,
      mtime: Math.min(Math.floor(file.mtime), epoch),
      ...(file.linkPath === undefined || file.type === 'file' ? {} : { linkPath: file.linkPath }),
      ...(file.deviceMajor === undefined ? {} : { deviceMajor: file.deviceMajor }),
      ...(file.deviceMinor === undefined ? {} : { deviceMinor: file.deviceMinor }),
      ...(file.xattrs === undefined ? {} : { xattrs: file.xattrs }),
    };
  }
}

function relativePath(path: string): string {
  return path.replace(/^\/+/, '').replace(/\/+$/, '');
}

function join(folder: string, name: string): string {
  return relativePath(folder === '' ? name : `${folder}/${name}`);
}
