import { changeIn, type FileNode, type LayerChange, nodeAt, type PathHistory } from '@lading/filetree';

/** What one layer shows of a path, and what it did to it. */
export interface ViewedPath {
  /** What stands there; for what the layer removed, what stood there. */
  readonly node: FileNode;
  /** Undefined: the layer left it as it was. */
  readonly change: LayerChange | undefined;
}

/** What one layer shows of a path with all that is inside. */
export interface Inside {
  /** Bytes of the files, hard links not counted. */
  readonly size: number;
  /** The same of those that the layer itself brings or takes away. */
  readonly changed: number;
  readonly changes: ReadonlySet<LayerChange>;
}

/** How an image looks from one of its layers: with all layers below it. */
export interface LayerView {
  readonly layer: number;
  /** `viewed` is what the layer shows of the path itself. */
  inside(history: PathHistory, viewed: ViewedPath): Inside;
}

/** Undefined for what is not there and was not there before this layer. */
export function viewedAt(history: PathHistory, layer: number): ViewedPath | undefined {
  const [only, more] = history.versions;
  if (only === undefined) return undefined;
  // Most paths have one version, and there may be a hundred thousand of them.
  if (more === undefined) {
    if (only.layer > layer || only.node === undefined) return undefined;
    return { node: only.node, change: only.layer === layer ? 'added' : undefined };
  }
  const change = changeIn(history, layer);
  const node = nodeAt(history, layer) ?? (change === 'removed' ? nodeAt(history, layer - 1) : undefined);
  return node === undefined ? undefined : { node, change };
}

/** One walk over all paths. */
export function layerView(root: PathHistory, layer: number): LayerView {
  const directories = new Map<PathHistory, Inside>();
  const visit = (at: PathHistory): Inside => {
    const own = ownOf(viewedAt(at, layer));
    if (at.children.size === 0) return own;
    let { size, changed } = own;
    const changes = new Set(own.changes);
    for (const child of at.children.values()) {
      const inside = visit(child);
      size += inside.size;
      changed += inside.changed;
      for (const change of inside.changes) changes.add(change);
    }
    const inside = { size, changed, changes };
    directories.set(at, inside);
    return inside;
  };
  visit(root);
  return { layer, inside: (history, viewed) => directories.get(history) ?? ownOf(viewed) };
}

/** What a path is without what is inside. */
function ownOf(viewed: ViewedPath | undefined): Inside {
  if (viewed === undefined) return nothing;
  const { node, change } = viewed;
  const size = node.hardLinkOf === undefined ? node.size : 0;
  return {
    size: change === 'removed' ? 0 : size,
    changed: change === undefined ? 0 : size,
    changes: changeSets[change ?? 'none'],
  };
}

const changeSets: Readonly<Record<LayerChange | 'none', ReadonlySet<LayerChange>>> = {
  none: new Set(),
  added: new Set(['added']),
  modified: new Set(['modified']),
  removed: new Set(['removed']),
};
const nothing: Inside = { size: 0, changed: 0, changes: changeSets.none };
