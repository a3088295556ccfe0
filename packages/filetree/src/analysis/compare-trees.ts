import { compareNames } from '@lading/tar';
import type { FileNode } from '../file-node.ts';
import type { FileTree } from '../file-tree.ts';
import { sameXattrs } from '../internal/same-xattrs.ts';
import type { TreeNode } from '../internal/tree-node.ts';

/** In what two nodes of one path differ. */
export type Aspect = 'type' | 'content' | 'link' | 'device' | 'mode' | 'owner' | 'xattrs' | 'time';

/** One path that two trees do not have alike. */
export type PathDifference =
  | { readonly kind: 'added'; readonly path: string; readonly after: FileNode }
  | { readonly kind: 'removed'; readonly path: string; readonly before: FileNode }
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly before: FileNode;
      readonly after: FileNode;
      readonly aspects: readonly Aspect[];
    };

export interface CompareTreesOptions {
  /** Whether files that differ in their time alone differ. Times of directories never count. False unless stated. */
  readonly times?: boolean | undefined;
}

/**
 * What differs between the file systems of any two images, in byte order within each directory; every path of what was added or removed.
 * Content is compared by digest, so the layers must have been read with digests. `diff` is for trees that share their layers.
 */
export function* compareTrees(
  before: FileTree,
  after: FileTree,
  options: CompareTreesOptions = {},
): Generator<PathDifference, void, void> {
  yield* compare(before.root, after.root, options.times === true);
}

function* compare(before: TreeNode, after: TreeNode, times: boolean): Generator<PathDifference, void, void> {
  const aspects = aspectsOf(before.node, after.node, times);
  if (aspects.length > 0) {
    yield { kind: 'changed', path: after.node.path, before: before.node, after: after.node, aspects };
  }
  const names = new Set([...(before.children?.keys() ?? []), ...(after.children?.keys() ?? [])]);
  for (const name of [...names].sort(compareNames)) {
    const [one, other] = [before.children?.get(name), after.children?.get(name)];
    if (one !== undefined && other !== undefined) yield* compare(one, other, times);
    else if (other !== undefined) yield* allOf(other, (node) => ({ kind: 'added', path: node.path, after: node }));
    else if (one !== undefined) yield* allOf(one, (node) => ({ kind: 'removed', path: node.path, before: node }));
  }
}

function* allOf(tree: TreeNode, difference: (node: FileNode) => PathDifference): Generator<PathDifference, void, void> {
  yield difference(tree.node);
  for (const child of tree.children?.values() ?? []) yield* allOf(child, difference);
}

function aspectsOf(a: FileNode, b: FileNode, times: boolean): Aspect[] {
  if (a === b) return [];
  if (a.type !== b.type) return ['type'];
  const differs: Record<Exclude<Aspect, 'type'>, boolean> = {
    content: a.type === 'file' && (a.size !== b.size || (a.size > 0 && a.sha256 !== b.sha256)),
    link: a.linkPath !== b.linkPath && a.type !== 'file',
    device: a.deviceMajor !== b.deviceMajor || a.deviceMinor !== b.deviceMinor,
    mode: a.mode !== b.mode,
    owner: a.uid !== b.uid || a.gid !== b.gid,
    xattrs: !sameXattrs(a.xattrs, b.xattrs),
    time: times && a.type !== 'directory' && a.mtime !== b.mtime,
  };
  return (Object.keys(differs) as Exclude<Aspect, 'type'>[]).filter((aspect) => differs[aspect]);
}
