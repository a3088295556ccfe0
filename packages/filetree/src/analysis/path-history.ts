import type { FileNode } from '../file-node.ts';
import { applyLayer } from '../internal/apply-layer.ts';
import { sameXattrs } from '../internal/same-xattrs.ts';
import { impliedDirectory, type TreeNode } from '../internal/tree-node.ts';
import type { Layer } from '../layer.ts';

/** What a layer made of a path. */
export interface PathVersion {
  /** Index of the layer, counted from the lowest. */
  readonly layer: number;
  /** What stands there from this layer on; undefined where the layer removed it. */
  readonly node: FileNode | undefined;
}

/**
 * A path and what each layer made of it: every layer's view of an image at once, in one tree that is made in one pass over the layers.
 * `versions` rise by layer; the first is never a removal.
 */
export interface PathHistory {
  /** Without leading `/`; the root is the empty string. */
  readonly path: string;
  readonly versions: readonly PathVersion[];
  /** Everything that was ever inside, by name, in no order. */
  readonly children: ReadonlyMap<string, PathHistory>;
}

export type LayerChange = 'added' | 'modified' | 'removed';

/** The history of the root of a file system that these layers make up, lowest first. Throws as `union`. */
export function pathHistory(layers: readonly Layer[]): PathHistory {
  const tree = impliedDirectory('', undefined);
  const root: Draft = { path: '', versions: [{ layer: 0, node: tree.node }], children: new Map() };
  for (const [index, layer] of layers.entries()) {
    applyLayer(tree, layer, index, {
      placed: (node) => place(draftAt(root, node.path), index, node),
      removed: (gone) => remove(draftAt(root, gone.node.path), gone, index),
    });
  }
  return root;
}

/** What stands at the path when the layers up to and including this one are laid over each other. */
export function nodeAt({ versions }: PathHistory, layer: number): FileNode | undefined {
  return versions.findLast((version) => version.layer <= layer)?.node;
}

/**
 * What this layer did to the path; undefined for nothing. A file that is in the layer again counts as modified whatever is in it, for its
 * bytes are there twice; a directory only when its owner, mode or attributes differ.
 */
export function changeIn({ versions }: PathHistory, layer: number): LayerChange | undefined {
  const at = versions.findLastIndex((version) => version.layer === layer);
  if (at < 0) return undefined;
  const [before, after] = [versions[at - 1]?.node, versions[at]?.node];
  if (before === undefined) return after === undefined ? undefined : 'added';
  if (after === undefined) return 'removed';
  return before.type === 'directory' && after.type === 'directory' && isSameDirectory(before, after)
    ? undefined
    : 'modified';
}

interface Draft extends PathHistory {
  readonly versions: PathVersion[];
  readonly children: Map<string, Draft>;
}

const childless: Map<string, Draft> = new Map();

function draftAt(root: Draft, path: string): Draft {
  let at = root;
  for (let start = 0; start < path.length; ) {
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? path.length : slash;
    const name = path.slice(start, end);
    let child = at.children.get(name);
    if (child === undefined) {
      child = { path: end === path.length ? path : path.slice(0, end), versions: [], children: childless };
      // Most paths are files: one empty map serves them all.
      if (at.children === childless) (at as { children: Map<string, Draft> }).children = new Map();
      at.children.set(name, child);
    }
    at = child;
    start = end + 1;
  }
  return at;
}

function place({ versions }: Draft, layer: number, node: FileNode): void {
  if (versions.at(-1)?.layer === layer) versions.pop();
  versions.push({ layer, node });
}

function remove(draft: Draft, gone: TreeNode, layer: number): void {
  const { versions, children } = draft;
  if (versions.at(-1)?.layer === layer) versions.pop();
  // What a layer itself brought and took away again has never been there.
  if (versions.at(-1)?.node !== undefined) versions.push({ layer, node: undefined });
  for (const [name, child] of gone.children ?? []) remove(children.get(name)!, child, layer);
}

function isSameDirectory(a: FileNode, b: FileNode): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && sameXattrs(a.xattrs, b.xattrs);
}
