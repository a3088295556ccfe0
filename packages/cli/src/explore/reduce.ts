import type { PathHistory } from '@lading/filetree';
import {
  allDirectories,
  type ExploreState,
  filters,
  moveTo,
  type Pane,
  type Step,
  show,
  treeLines,
} from './explore-state.ts';
import { helpText } from './help-text.ts';
import type { Key } from './key.ts';

/** What happens to the explorer. */
export type ExploreEvent =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'resized'; readonly columns: number; readonly lines: number }
  /** What a `read` found, or why there is nothing. Ignored once the pane is closed. */
  | { readonly kind: 'content'; readonly title: string; readonly text: readonly string[] };

/** The next state, and what the world has to do. Pure. */
export function reduce(state: ExploreState, event: ExploreEvent): Step {
  if (event.kind === 'resized') {
    const { columns, lines } = event;
    return { state: moveTo({ ...state, columns, lines }, state.cursor) };
  }
  if (event.kind === 'content') {
    const { pane } = state;
    if (pane?.kind !== 'content' || pane.title !== event.title) return { state };
    return { state: { ...state, pane: { ...pane, text: event.text } } };
  }
  const { key } = event;
  if (key === 'ctrl-c') return { state, effect: { kind: 'quit' } };
  if (key === 'ctrl-z') return { state, effect: { kind: 'suspend' } };
  if (state.isTyping) return { state: typed(state, key) };
  if (state.pane !== undefined) return { state: inPane(state, state.pane, key) };
  return anywhere(state, key) ?? (state.focus === 'layers' ? { state: inLayers(state, key) } : inFiles(state, key));
}

function typed(state: ExploreState, key: Key): ExploreState {
  const { search } = state.options;
  if (key === 'enter' || key === 'down' || key === 'tab') return { ...state, isTyping: false, focus: 'files' };
  if (key === 'escape') return show({ ...state, isTyping: false }, { search: '' });
  if (key === 'backspace') return show(state, { search: [...search].slice(0, -1).join('') });
  if (key === 'ctrl-u') return show(state, { search: '' });
  return [...key].length === 1 ? show(state, { search: search + key.toLowerCase() }) : state;
}

function inPane(state: ExploreState, pane: Pane, key: Key): ExploreState {
  if (['escape', 'q', 'enter', 'left', 'h', '?'].includes(key)) return { ...state, pane: undefined };
  const height = treeLines(state);
  const top = moved(pane.top, key, { page: height, last: Math.max(0, pane.text.length - height) });
  return top === undefined ? state : { ...state, pane: { ...pane, top } };
}

/** Keys that mean the same wherever the cursor is. */
function anywhere(state: ExploreState, key: Key): Step | undefined {
  const { options, view, image } = state;
  const layerBy = (step: number): ExploreState =>
    show(state, {}, Math.max(0, Math.min(view.layer + step, image.layers.length - 1)));
  switch (key) {
    case 'q':
      return { state, effect: { kind: 'quit' } };
    case '?':
      return { state: { ...state, pane: { kind: 'help', title: 'Keys', text: helpText, top: 0 } } };
    case 'tab':
    case 'shift-tab':
      return { state: { ...state, focus: state.focus === 'files' ? 'layers' : 'files' } };
    case '/':
      return { state: { ...state, isTyping: true, focus: 'files' } };
    case 'escape':
      return { state: show(state, { search: '', filter: undefined }) };
    case 'm':
      return { state: show(state, { merged: !options.merged }) };
    case 'f':
      return { state: show(state, { filter: filters[(filters.indexOf(options.filter) + 1) % filters.length] }) };
    case 's':
      return { state: show(state, { sort: options.sort === 'name' ? 'size' : 'name' }) };
    case 'e':
      return { state: show(state, { expanded: allDirectories(image.root) }) };
    case 'c':
      return { state: show(state, { expanded: new Set() }) };
    case '[':
      return { state: layerBy(-1) };
    case ']':
      return { state: layerBy(1) };
    default:
      return undefined;
  }
}

function inLayers(state: ExploreState, key: Key): ExploreState {
  const { view, image } = state;
  if (key === 'enter' || key === 'right' || key === 'l') return { ...state, focus: 'files' };
  const layer = moved(view.layer, key, { page: 10, last: image.layers.length - 1 });
  return layer === undefined || layer === view.layer ? state : show(state, {}, layer);
}

function inFiles(state: ExploreState, key: Key): Step {
  const { rows, cursor } = state;
  const row = rows[cursor];
  const to = moved(cursor, key, { page: treeLines(state) - 1, last: rows.length - 1 });
  if (to !== undefined) return { state: moveTo(state, to) };
  if (row === undefined) return { state };
  const isDirectory = row.history.children.size > 0 && row.node.type === 'directory';
  switch (key) {
    case 'right':
    case 'l':
      if (isDirectory) return { state: row.isOpen ? moveTo(state, cursor + 1) : opened(state, row.history, true) };
      return { state };
    case 'left':
    case 'h': {
      if (state.options.expanded.has(row.history)) return { state: opened(state, row.history, false) };
      const parent = rows.findLastIndex(({ depth }, at) => at < cursor && depth < row.depth);
      return { state: parent < 0 ? state : moveTo(state, parent) };
    }
    case 'enter':
    case ' ':
      if (isDirectory) return { state: opened(state, row.history, !state.options.expanded.has(row.history)) };
      return {
        state: { ...state, pane: { kind: 'content', title: row.node.path, text: ['reading …'], top: 0 } },
        effect: { kind: 'read', node: row.node },
      };
    default:
      return { state };
  }
}

function opened(state: ExploreState, directory: PathHistory, isOpen: boolean): ExploreState {
  const expanded = new Set(state.options.expanded);
  if (isOpen) expanded.add(directory);
  else expanded.delete(directory);
  return show(state, { expanded });
}

/** Where a key moves in a list; undefined for keys that do not move. */
function moved(
  at: number,
  key: Key,
  { page, last }: { readonly page: number; readonly last: number },
): number | undefined {
  const to: Readonly<Record<Key, number>> = {
    up: at - 1,
    k: at - 1,
    down: at + 1,
    j: at + 1,
    'page-up': at - page,
    'ctrl-b': at - page,
    'page-down': at + page,
    'ctrl-f': at + page,
    home: 0,
    g: 0,
    end: last,
    G: last,
  };
  const wanted = Object.hasOwn(to, key) ? to[key] : undefined;
  return wanted === undefined ? undefined : Math.max(0, Math.min(wanted, last));
}
