import type { FileNode, LayerChange, PathHistory } from '@lading/filetree';
import type { ExploredImage } from './explored-image.ts';
import { type LayerView, layerView } from './layer-view.ts';
import { type TreeOptions, type TreeRow, treeRows } from './tree-rows.ts';

/** All that the explorer knows. Never changes: `reduce` makes the next one. */
export interface ExploreState {
  readonly image: ExploredImage;
  readonly columns: number;
  readonly lines: number;
  readonly focus: 'layers' | 'files';
  readonly view: LayerView;
  readonly options: TreeOptions;
  /** What view and options show. */
  readonly rows: readonly TreeRow[];
  /** Index of the row under the cursor, and of the one at the top of the screen. */
  readonly cursor: number;
  readonly top: number;
  /** Whether keys are written into the search. */
  readonly isTyping: boolean;
  readonly pane?: Pane | undefined;
}

/** Text that covers the tree. */
export interface Pane {
  readonly kind: 'help' | 'content';
  readonly title: string;
  readonly text: readonly string[];
  readonly top: number;
}

/** What the world has to do after a key. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'read'; readonly node: FileNode };

export interface Step {
  readonly state: ExploreState;
  readonly effect?: Effect;
}

/** Begins at the topmost layer's view of the whole image. */
export function openState(image: ExploredImage, size: Pick<ExploreState, 'columns' | 'lines'>): ExploreState {
  const view = layerView(image.root, image.layers.length - 1);
  const options: TreeOptions = { merged: true, filter: undefined, sort: 'name', expanded: new Set(), search: '' };
  const rows = treeRows(image.root, view, options);
  return { image, ...size, focus: 'files', view, options, rows, cursor: 0, top: 0, isTyping: false };
}

/** How many rows of the tree fit: all lines but the head, the line of columns and the foot. */
export function treeLines({ lines }: Pick<ExploreState, 'lines'>): number {
  return Math.max(1, lines - 3);
}

/** Moves the cursor, and the screen as little as it takes to show it. */
export function moveTo(state: ExploreState, row: number): ExploreState {
  const cursor = Math.max(0, Math.min(row, state.rows.length - 1));
  const height = treeLines(state);
  const lowest = Math.max(0, state.rows.length - height);
  const top = Math.max(Math.min(state.top, cursor, lowest), cursor - height + 1);
  return { ...state, cursor, top };
}

/** Shows something else of the tree; the cursor stays on its path, or else on the nearest directory above that is shown. */
export function show(
  state: ExploreState,
  change: Partial<TreeOptions>,
  layer: number = state.view.layer,
): ExploreState {
  const view = layer === state.view.layer ? state.view : layerView(state.image.root, layer);
  const options = { ...state.options, ...change };
  const rows = treeRows(state.image.root, view, options);
  const path = state.rows[state.cursor]?.history.path ?? '';
  return moveTo({ ...state, view, options, rows }, nearestRow(rows, path, state.cursor));
}

function nearestRow(rows: readonly TreeRow[], path: string, otherwise: number): number {
  // Directories above come before what they hold, so the last that is found is the nearest.
  const nearest = rows.findLastIndex(({ history }) => path === history.path || path.startsWith(`${history.path}/`));
  return nearest < 0 ? otherwise : nearest;
}

/** The filters in the order in which a key goes through them. */
export const filters: readonly (LayerChange | undefined)[] = [undefined, 'added', 'modified', 'removed'];

/** Every directory at once. */
export function allDirectories(root: PathHistory): Set<PathHistory> {
  const found = new Set<PathHistory>();
  const visit = (at: PathHistory): void => {
    if (at.children.size === 0) return;
    found.add(at);
    for (const child of at.children.values()) visit(child);
  };
  visit(root);
  return found;
}
