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
  const rows: TreeRow[] = [];

  const shown = (history: PathHistory): (ViewedPath & { readonly size: number }) | undefined => {
    const viewed = viewedAt(history, view.layer);
    if (viewed === undefined) return undefined;
    const inside = view.inside(history, viewed);
    if (filter !== undefined ? !inside.changes.has(filter) : !merged && inside.changes.size === 0) return undefined;
    return { ...viewed, size: merged && viewed.change !== 'removed' ? inside.size : inside.changed };
  };
  const found = search === '' ? undefined : pathsWith(root, search, (history) => shown(history) !== undefined);

  /** Below what was found everything may be looked at. */
  const visit = (directory: PathHistory, depth: number, isFound: boolean): void => {
    const children: TreeRow[] = [];
    for (const [name, history] of sortedChildren(directory)) {
      if (!isFound && !found!.matches.has(history) && !found!.above.has(history)) continue;
      const row = shown(history);
      if (row === undefined) continue;
      const isOpen = history.children.size > 0 && (expanded.has(history) || found?.above.has(history) === true);
      children.push({ ...row, history, name, depth, isOpen });
    }
    if (sort === 'size') children.sort((a, b) => b.size - a.size);
    for (const row of children) {
      rows.push(row);
      if (row.isOpen) visit(row.history, depth + 1, isFound || found?.matches.has(row.history) === true);
    }
  };
  visit(root, 0, found === undefined);
  return rows;
}

interface Found {
  /** Paths whose last part the text ends in. */
  readonly matches: ReadonlySet<PathHistory>;
  /** The directories above these. */
  readonly above: ReadonlySet<PathHistory>;
}

function pathsWith(root: PathHistory, text: string, isShown: (history: PathHistory) => boolean): Found {
  const matches = new Set<PathHistory>();
  const above = new Set<PathHistory>();
  const visit = (at: PathHistory): boolean => {
    const path = at.path.toLowerCase();
    const last = path.lastIndexOf(text);
    // What is found in the directories above was found there.
    const isMatch = last >= 0 && last + text.length > path.lastIndexOf('/') + 1 && isShown(at);
    if (isMatch) matches.add(at);
    let isAbove = false;
    for (const child of at.children.values()) if (visit(child)) isAbove = true;
    if (isAbove) above.add(at);
    return isMatch || isAbove;
  };
  visit(root);
  return { matches, above };
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
