import { compareNames } from '@lading/tar';
import type { FileNode } from './file-node.ts';
import type { FileTree } from './file-tree.ts';
import { sameXattrs } from './internal/same-xattrs.ts';
import type { TreeNode } from './internal/tree-node.ts';

/** One path that differs between two trees. */
export type Change =
  | { readonly kind: 'added'; readonly path: string; readonly after: FileNode }
  | { readonly kind: 'modified'; readonly path: string; readonly before: FileNode; readonly after: FileNode }
  | { readonly kind: 'deleted'; readonly path: string; readonly before: FileNode };

/**
 * What turns one tree into another, in byte order of the paths. Every added path is listed; a deleted directory, or one that
 * something else replaces, stands for all it held.
 *
 * Files are the same when their metadata is and both come from one place of one layer; trees whose layers are numbered alike can
 * tell that exactly. The time of a directory does not count: it moves with everything that is done inside.
 */
export function diff(lower: FileTree, upper: FileTree): Change[] {
  const changes: Change[] = [];
  if (!isSame(lower.root.node, upper.root.node)) {
    changes.push({ kind: 'modified', path: '', before: lower.root.node, after: upper.root.node });
  }
  compare(lower.root, upper.root, changes);
  return changes.sort((a, b) => compareNames(a.path, b.path));
}

function compare(lower: TreeNode, upper: TreeNode, changes: Change[]): void {
  for (const [name, before] of lower.children ?? []) {
    const after = upper.children?.get(name);
    if (after === undefined) {
      changes.push({ kind: 'deleted', path: before.node.path, before: before.node });
      continue;
    }
    if (!isSame(before.node, after.node)) {
      changes.push({ kind: 'modified', path: after.node.path, before: before.node, after: after.node });
    }
    if (before.node.type === 'directory' && after.node.type === 'directory') compare(before, after, changes);
    else addAll(after, changes);
  }
  for (const [name, after] of upper.children ?? []) {
    if (lower.children?.has(name)) continue;
    changes.push({ kind: 'added', path: after.node.path, after: after.node });
    addAll(after, changes);
  }
}

function addAll(tree: TreeNode, changes: Change[]): void {
  for (const child of tree.children?.values() ?? []) {
    changes.push({ kind: 'added', path: child.node.path, after: child.node });
    addAll(child, changes);
  }
}

function isSame(a: FileNode, b: FileNode): boolean {
  if (a === b) return true;
  if (a.type !== b.type || a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.size !== b.size) return false;
  if (a.type === 'file' && (a.layer !== b.layer || a.contentOffset !== b.contentOffset)) return false;
  if (a.type !== 'directory' && a.mtime !== b.mtime) return false;
  if (a.linkPath !== b.linkPath || a.deviceMajor !== b.deviceMajor || a.deviceMinor !== b.deviceMinor) return false;
  return sameXattrs(a.xattrs, b.xattrs);
}
