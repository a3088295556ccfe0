import { decodeLayerPaths, type LayerPath } from '../layer-paths.ts';
import type { FactFile } from './fact-file.ts';

/** A place of the tree. There are only those that facts or links of the layer at hand need; what else layers have leaves no trace. */
interface PathNode {
  readonly parent: PathNode | undefined;
  readonly name: string;
  children: Map<string, PathNode> | undefined;
  readonly depth: number;
  isDirectory: boolean;
  /** Those with facts that can be seen here; a hard link shows those of its target too. */
  files: readonly FactFile[];
  /** The target, while the layer that has the link is laid on. */
  link: string | undefined;
}

/** Linux gives up after 40 links; so does every walk here. */
const maxLinks = 40;
/** Names in a path of 4096 bytes, the longest that Linux takes; links could make deeper ones. */
const maxDepth = 2048;

/**
 * Lays layers on each other, the lowest first, and knows of each file with facts where it can still be seen, or which layer hid it.
 *
 * The rules are those of the union of layers (OCI image-spec 1.1 §layer, applying changesets) as engines do it with layers that they unpack
 * apart: whiteouts hide what lower layers have, wherever they stand in their archive; a directory over a directory keeps what is inside, all
 * else replaces; of two entries with one path in a layer the later wins; an entry below a symlink of its own layer goes to where the link
 * points, one below a lower layer's symlink makes a directory in its place.
 */
export class FactTree {
  readonly #root: PathNode = nodeIn(undefined, '');
  #layer = -1;
  #links: PathNode[] = [];
  /** What whiteouts of the layer at hand hid: the layer may replace it. */
  readonly #removed: Map<string, FactFile> = new Map();
  /** The folder that the entry before was in, and its node where there is one. */
  #folder: string | undefined;
  #folderNode: PathNode | undefined;

  /** Lays on one more layer, with facts about its files by their path in it. */
  add(paths: Uint8Array, files: ReadonlyMap<string, FactFile>): void {
    this.#layer += 1;
    this.#folder = undefined;
    for (const entry of decodeLayerPaths(paths)) {
      if (entry.kind === 'remove') this.#remove(entry.path);
      else if (entry.kind === 'opaque') this.#empty(entry.path);
      else this.#place(entry, listed(files.get(entry.path)));
    }
    for (const node of this.#links) {
      node.link = undefined;
      prune(node);
    }
    this.#links = [];
    this.#removed.clear();
    this.#folder = undefined;
  }

  /** Places facts of the layer that was laid on last at a path that it does not name. */
  place(path: string, file: FactFile): void {
    this.#place({ kind: 'other', path }, [file]);
    this.#folder = undefined;
  }

  #remove(path: string): void {
    const node = this.#exactly(path);
    if (node === undefined || node === this.#root) return;
    this.#hide(node);
    node.parent?.children?.delete(node.name);
  }

  #empty(path: string): void {
    const node = this.#exactly(path);
    for (const child of node?.children?.values() ?? []) this.#hide(child);
    if (node !== undefined) node.children = undefined;
  }

  #exactly(path: string): PathNode | undefined {
    let at: PathNode | undefined = this.#root;
    if (path === '') return at;
    for (const name of path.split('/')) at = at?.children?.get(name);
    return at;
  }

  #place(entry: LayerPath, files: readonly FactFile[]): void {
    const { path } = entry;
    if (path === '') {
      this.#settle(this.#root, true, files);
      return;
    }
    const slash = path.lastIndexOf('/');
    for (const file of files) file.restart();
    const isNeeded = files.length > 0 || entry.target !== undefined;
    const folder = slash === -1 ? this.#root : this.#folderOf(path.slice(0, slash), isNeeded);
    if (folder === undefined) return;
    const name = path.slice(slash + 1);
    const present = folder.children?.get(name);
    if (present === undefined && !isNeeded) return;
    const target = entry.kind === 'hardlink' ? this.#exactly(entry.target) : undefined;
    if (target !== undefined && target === present && !target.isDirectory) return;
    const shown = target === undefined || target.isDirectory ? files : [...files, ...target.files];
    const node = present ?? this.#child(folder, name);
    this.#settle(node, entry.kind === 'directory', shown);
    if (entry.kind === 'symlink') this.#link(node, entry.target);
    else if (target?.link !== undefined) this.#link(node, target.link);
  }

  /** Something stands here now: what it replaces is hidden. */
  #settle(node: PathNode, isDirectory: boolean, files: readonly FactFile[]): void {
    if (!isDirectory || !node.isDirectory) {
      this.#hideBelow(node);
      this.#folder = undefined;
    }
    const former = node.files[0];
    this.#unshow(node);
    node.isDirectory = isDirectory;
    node.link = undefined;
    node.files = files;
    if (files.length === 0) return;
    const path = pathOf(node);
    for (const file of files) {
      const replaced = former ?? this.#removed.get(path);
      if (replaced !== undefined && replaced.layer < file.layer) file.replaces ??= replaced;
      file.show(path);
    }
  }

  #link(node: PathNode, target: string): void {
    node.link = target;
    this.#links.push(node);
    this.#folder = undefined;
  }

  #child(folder: PathNode, name: string): PathNode {
    const present = folder.children?.get(name);
    if (present !== undefined) return present;
    const made = nodeIn(folder, name);
    folder.children ??= new Map();
    folder.children.set(name, made);
    this.#folder = undefined;
    return made;
  }

  /** The node of a folder; entries of an archive mostly come folder by folder. Undefined where none is needed. */
  #folderOf(path: string, isNeeded: boolean): PathNode | undefined {
    if (this.#folder === path && (this.#folderNode !== undefined || !isNeeded)) return this.#folderNode;
    const node = this.#walk(path, isNeeded);
    this.#folder = path;
    this.#folderNode = node;
    return node;
  }

  #walk(path: string, isNeeded: boolean): PathNode | undefined {
    const pending = path.split('/').reverse();
    // Names of which there are no nodes: `..` takes them back.
    let missing = 0;
    let at = this.#root;
    let links = 0;
    while (pending.length > 0) {
      const name = pending.pop();
      if (name === undefined || name === '' || name === '.') continue;
      if (name === '..') {
        if (missing > 0) missing -= 1;
        else at = at.parent ?? at;
        continue;
      }
      const child = missing > 0 ? undefined : at.children?.get(name);
      if (child === undefined) {
        if (!isNeeded) missing += 1;
        else if (at.depth === maxDepth) return undefined;
        else at = this.#child(at, name);
        continue;
      }
      if (child.link !== undefined) {
        links += 1;
        // No engine unpacks such a layer: what it says of this path counts for nothing.
        if (links > maxLinks) return undefined;
        if (child.link.startsWith('/')) at = this.#root;
        pending.push(...child.link.split('/').reverse());
        continue;
      }
      // A file of a lower layer makes room for the folder.
      if (!child.isDirectory) this.#settle(child, true, []);
      at = child;
    }
    return missing > 0 ? undefined : at;
  }

  #hide(node: PathNode): void {
    this.#hideBelow(node);
    this.#unshow(node);
  }

  #hideBelow(node: PathNode): void {
    for (const child of node.children?.values() ?? []) this.#hide(child);
    node.children = undefined;
  }

  #unshow(node: PathNode): void {
    if (node.files.length === 0) return;
    const path = pathOf(node);
    for (const file of node.files) {
      file.hide(path, this.#layer);
      this.#removed.set(path, file);
    }
    node.files = none;
  }
}

const none: readonly FactFile[] = [];

function listed(file: FactFile | undefined): readonly FactFile[] {
  return file === undefined ? none : [file];
}

function nodeIn(parent: PathNode | undefined, name: string): PathNode {
  const depth = parent === undefined ? 0 : parent.depth + 1;
  return { parent, name, depth, children: undefined, isDirectory: true, files: none, link: undefined };
}

function pathOf(node: PathNode): string {
  const names: string[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) names.push(at.name);
  return names.reverse().join('/');
}

/** Takes nodes out again that nothing needs. */
function prune(node: PathNode): void {
  let at = node;
  while (at.parent !== undefined && at.files.length === 0 && at.link === undefined && at.children === undefined) {
    const { parent } = at;
    if (parent.children?.get(at.name) === at) parent.children.delete(at.name);
    if (parent.children?.size === 0) parent.children = undefined;
    at = parent;
  }
}
