import { LadingError } from '@lading/errors';
import type { Whiteout } from '@lading/tar';
import type { FileNode } from '../file-node.ts';
import type { Layer } from '../layer.ts';
import { circular, impliedDirectory, join, MAX_LINKS, resolveIn, type TreeNode } from './tree-node.ts';

/** Sees what a layer does to the tree it is laid on, as it happens. */
export interface LayerWatch {
  /** What was here, with all below it, is hidden by a whiteout or makes room for something else. */
  removed(tree: TreeNode): void;
  /** This stands at its path now: an entry of the layer, or a directory that one implies. */
  placed(node: FileNode): void;
}

/** Lays one layer on a tree, which changes. The rules, and what is thrown, are those of `union`. */
export function applyLayer(root: TreeNode, layer: Layer, index: number, watch?: LayerWatch): void {
  for (const whiteout of layer.whiteouts) hide(root, whiteout, watch);
  for (const entry of layer.entries) add(root, { ...entry, layer: index }, index, watch);
}

function hide(root: TreeNode, whiteout: Whiteout, watch: LayerWatch | undefined): void {
  const parts = whiteout.path === '' ? [] : whiteout.path.split('/');
  const last = whiteout.kind === 'remove' ? parts.pop() : undefined;
  let at: TreeNode | undefined = root;
  for (const part of parts) at = at?.children?.get(part);
  if (at === undefined) return;
  if (last === undefined) {
    for (const child of at.children?.values() ?? []) watch?.removed(child);
    at.children = undefined;
    return;
  }
  const child = at.children?.get(last);
  if (child === undefined) return;
  watch?.removed(child);
  at.children?.delete(last);
}

function add(root: TreeNode, entry: FileNode, layer: number, watch: LayerWatch | undefined): void {
  if (entry.path === '') {
    root.node = entry;
    watch?.placed(entry);
    return;
  }
  const slash = entry.path.lastIndexOf('/');
  const parent = slash === -1 ? root : directoryAt(root, entry.path.slice(0, slash), layer, watch);
  const name = entry.path.slice(slash + 1);
  const path = bounded(join(parent.node.path, name));
  const node = linked(root, path === entry.path ? entry : { ...entry, path });
  const present = parent.children?.get(name);
  if (present !== undefined && present.node.type === 'directory' && node.type === 'directory') {
    present.node = node;
  } else {
    if (present !== undefined) watch?.removed(present);
    parent.children ??= new Map();
    parent.children.set(name, { node, children: undefined });
  }
  watch?.placed(node);
}

/** The directory at a path, made where it is missing. */
function directoryAt(root: TreeNode, path: string, layer: number, watch: LayerWatch | undefined): TreeNode {
  const pending = path.split('/').reverse();
  const trail = [root];
  let links = 0;
  while (pending.length > 0) {
    const name = pending.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const at = trail.at(-1)!;
    const child = at.children?.get(name);
    if (child?.node.type === 'symlink' && child.node.layer === layer) {
      links += 1;
      if (links > MAX_LINKS) throw circular(path);
      const target = child.node.linkPath ?? '';
      if (target.startsWith('/')) trail.length = 1;
      for (const part of target.split('/').reverse()) pending.push(part);
      continue;
    }
    if (child?.node.type === 'directory') {
      trail.push(child);
      continue;
    }
    if (child !== undefined) watch?.removed(child);
    const made = impliedDirectory(bounded(join(at.node.path, name)), layer);
    at.children ??= new Map();
    at.children.set(name, made);
    watch?.placed(made.node);
    trail.push(made);
  }
  return trail.at(-1)!;
}

/** Linux takes no longer paths. The bound also keeps trees shallow enough to recurse into. */
function bounded(path: string): string {
  if (path.length <= 4096) return path;
  throw new LadingError(
    'TAR_UNSUPPORTED',
    `Cannot use path "${path.slice(0, 80)}…": it is longer than 4096 characters`,
  );
}

/** A hard link as what it links to at this moment; later changes to the target's path do not reach it. */
function linked(root: TreeNode, entry: FileNode): FileNode {
  if (entry.type !== 'hardlink' || entry.linkPath === undefined) return entry;
  const { found, path } = resolveIn(root, entry.linkPath, false);
  if (found === undefined || found.node.type === 'directory') return entry;
  return { ...found.node, path: entry.path, hardLinkOf: found.node.hardLinkOf ?? path };
}
