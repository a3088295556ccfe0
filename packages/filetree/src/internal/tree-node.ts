import { LadingError } from '@lading/errors';
import type { FileNode } from '../file-node.ts';

/** A place in a tree. Only directories have children; the map is made with the first child. */
export interface TreeNode {
  node: FileNode;
  children: Map<string, TreeNode> | undefined;
}

/** A directory that an archive implies by naming something in it. */
export function impliedDirectory(path: string, layer: number | undefined): TreeNode {
  const node: FileNode = { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 };
  return { node: layer === undefined ? node : { ...node, layer }, children: undefined };
}

export function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** Linux gives up after 40 links; so does every walk here. */
export const MAX_LINKS = 40;

/** The error for an entry that can be nowhere. */
export function circular(path: string): LadingError {
  return new LadingError(
    'TAR_INVALID',
    `Cannot place anything in ${JSON.stringify(path)}: its symlinks go in circles`,
    {
      details: { path },
    },
  );
}

export interface Resolution {
  /** The path without links, as far as it exists; what does not exist is appended as it is, with `..` taken out. */
  readonly path: string;
  /** What stands there; undefined when nothing does or when the links go in circles. */
  readonly found: TreeNode | undefined;
}

/** Walks a path from the root. Links in the middle are followed, a link at the end only when asked; `..` stops at the root. */
export function resolveIn(root: TreeNode, path: string, followLast: boolean): Resolution {
  const pending = path.split('/').reverse();
  const trail: TreeNode[] = [root];
  const names: string[] = [];
  let missing = 0;
  let links = 0;
  while (pending.length > 0) {
    const name = pending.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (missing > 0) missing -= 1;
      else if (trail.length > 1) trail.pop();
      names.pop();
      continue;
    }
    const child = missing > 0 ? undefined : trail.at(-1)!.children?.get(name);
    names.push(name);
    if (child === undefined) {
      missing += 1;
      continue;
    }
    const isLast = pending.every((part) => part === '' || part === '.');
    if (child.node.type === 'symlink' && (!isLast || followLast)) {
      links += 1;
      if (links > MAX_LINKS) return { path: [...names, ...pending.reverse()].join('/'), found: undefined };
      const target = child.node.linkPath ?? '';
      names.pop();
      if (target.startsWith('/')) {
        trail.length = 1;
        names.length = 0;
      }
      for (const part of target.split('/').reverse()) pending.push(part);
      continue;
    }
    trail.push(child);
  }
  return { path: names.join('/'), found: missing > 0 ? undefined : trail.at(-1) };
}
