import type { LayerChange, PathHistory } from '@lading/filetree';
import { type LayerView, type ViewedPath, viewedAt } from './layer-view.ts';

/** Which paths are shown, and in which order. */
export interface TreeOptions {
  /** Also what the layer left as it was. */
  readonly merged: boolean;
  /** Only paths with this change, and the directories above them. */
  readonly filter: LayerChange | undefined;
  readonly sort: 'name' | 'size';
  readonly expanded: ReadonlySet<PathHistory>;
  /** Only paths with this in them, in lower case, and the directories above them; empty for all. */
  readonly search: string;
}

/** One line of the tree. */
export interface TreeRow extends ViewedPath {
  readonly history: PathHistory;
  readonly name: string;
  /** 0 for what is directly in the root. */
  readonly depth: number;
  /** Bytes of it and of what is inside; in a view of the layer's own changes only of these. */
  readonly size: number;
  readonly isOpen: boolean;
}

/** The rows of a tree from top to bottom, the root itself left out. */
export function treeRows(root: PathHistory, view: LayerView, options: TreeOptions): TreeRow[] {
  const { merged, filter, sort, expanded, search } = options;
  const found = search === '' ? undefined : pathsWith(root, search);
  const rows: TreeRow[] = [];

  const rowOf = (name: string, history: PathHistory, depth: number): TreeRow | undefined => {
    if (found !== undefined && !found.has(history)) return undefined;
    const viewed = viewedAt(history, view.layer);
    if (viewed === undefined) return undefined;
    const inside = view.inside(history, viewed);
    if (filter !== undefined ? !inside.changes.has(filter) : !merged && inside.changes.size === 0) return undefined;
    // What is found is shown, wherever it is.
    const isOpen =
      history.children.size > 0 && (expanded.has(history) || (found !== undefined && found.get(history) === 'above'));
    return {
      ...viewed,
      history,
      name,
      depth,
      size: merged && viewed.change !== 'removed' ? inside.size : inside.changed,
      isOpen,
    };
  };

  const visit = (directory: PathHistory, depth: number): void => {
    const children: TreeRow[] = [];
    for (const [name, history] of sortedChildren(directory)) {
      const row = rowOf(name, history, depth);
      if (row !== undefined) children.push(row);
    }
    if (sort === 'size') children.sort((a, b) => b.size - a.size);
    for (const row of children) {
      rows.push(row);
      if (row.isOpen) visit(row.history, depth + 1);
    }
  };
  visit(root, 0);
  return rows;
}

/** Every path that contains the text, and those above. */
function pathsWith(root: PathHistory, text: string): ReadonlyMap<PathHistory, 'itself' | 'above'> {
  const found = new Map<PathHistory, 'itself' | 'above'>();
  const visit = (at: PathHistory): boolean => {
    // Of one path only its last part can be new: what is above was asked already.
    const isFound = at.path.toLowerCase().includes(text);
    let isAbove = false;
    for (const child of at.children.values()) if (visit(child)) isAbove = true;
    if (isAbove) found.set(at, 'above');
    else if (isFound) found.set(at, 'itself');
    return isFound || isAbove;
  };
  visit(root);
  return found;
}

const sorted = new WeakMap<PathHistory, readonly (readonly [string, PathHistory])[]>();

/** A history never changes, so its order is found once. */
function sortedChildren(directory: PathHistory): readonly (readonly [string, PathHistory])[] {
  let children = sorted.get(directory);
  if (children === undefined) {
    children = [...directory.children].sort(([a], [b]) => (a < b ? -1 : 1));
    sorted.set(directory, children);
  }
  return children;
}
