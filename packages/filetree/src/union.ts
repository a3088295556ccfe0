import { LadingError } from '@lading/errors';
import type { Whiteout } from '@lading/tar';
import type { FileNode } from './file-node.ts';
import { FileTree } from './file-tree.ts';
import { circular, impliedDirectory, join, MAX_LINKS, resolveIn, type TreeNode } from './internal/tree-node.ts';
import type { Layer } from './layer.ts';

/**
 * The root file system that layers make up, lowest first. OCI image-spec 1.1 §layer, applying changesets.
 *
 * A layer's whiteouts hide only what lower layers have, wherever they stand in its archive. A directory over a directory keeps
 * what is inside; everything else replaces. Of two entries with one path in a layer the later wins. An entry below a symlink of
 * its own layer goes to where the link points, as when unpacking; below a lower layer's symlink it makes a directory in its
 * place, as overlayfs does with layers unpacked apart.
 *
 * Throws TAR_INVALID for an entry below symlinks in circles, TAR_UNSUPPORTED for paths longer than Linux takes.
 */
export function union(layers: readonly Layer[]): FileTree {
  const root = impliedDirectory('', undefined);
  for (const [index, layer] of layers.entries()) {
    for (const whiteout of layer.whiteouts) hide(root, whiteout);
    for (const entry of layer.entries) add(root, { ...entry, layer: index }, index);
  }
  return new FileTree(root);
}

function hide(root: TreeNode, whiteout: Whiteout): void {
  const parts = whiteout.path === '' ? [] : whiteout.path.split('/');
  const last = whiteout.kind === 'remove' ? parts.pop() : undefined;
  let at: TreeNode | undefined = root;
  for (const part of parts) at = at?.children?.get(part);
  if (at === undefined) return;
  if (last === undefined) at.children = undefined;
  else at.children?.delete(last);
}

function add(root: TreeNode, entry: FileNode, layer: number): void {
  if (entry.path === '') {
    root.node = entry;
    return;
  }
  const slash = entry.path.lastIndexOf('/');
  const parent = slash === -1 ? root : directoryAt(root, entry.path.slice(0, slash), layer);
  const name = entry.path.slice(slash + 1);
  const path = bounded(join(parent.node.path, name));
  const node = linked(root, path === entry.path ? entry : { ...entry, path });
  const present = parent.children?.get(name);
  if (present !== undefined && present.node.type === 'directory' && node.type === 'directory') {
    present.node = node;
    return;
  }
  parent.children ??= new Map();
  parent.children.set(name, { node, children: undefined });
}

/** The directory at a path, made where it is missing. */
function directoryAt(root: TreeNode, path: string, layer: number): TreeNode {
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
    const made = impliedDirectory(bounded(join(at.node.path, name)), layer);
    at.children ??= new Map();
    at.children.set(name, made);
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
