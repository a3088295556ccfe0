import { nameText, pathText } from '../analysis/path-text.ts';
import { printableLine } from '../printable.ts';
import { formatBytes } from '../progress.ts';
import { fit } from './cells.ts';
import { type ExploreState, type Pane, treeLines } from './explore-state.ts';
import type { Paint, Tone } from './paint.ts';
import { renderLayers } from './render-layers.ts';
import type { TreeRow } from './tree-rows.ts';

/** The screen: exactly as many lines as it has, each exactly as many cells. Pure; its cost depends on the screen, not on the image. */
export function render(state: ExploreState, paint: Paint): string[] {
  const { columns, image, pane } = state;
  const head = ` ${printableLine(`${image.name} (${image.platform})`)}   ${(image.efficiency * 100).toFixed(1)}% needed, ${formatBytes(image.wastedBytes)} wasted`;
  const height = treeLines(state);
  // On a narrow screen the files have it alone.
  const left = columns < 72 ? 0 : Math.min(60, Math.floor(columns * 0.38));
  const right = left === 0 ? columns : columns - left - 1;
  const [title, ...body] =
    pane === undefined ? tree(state, right, height, paint) : paneLines(pane, right, height, paint);
  const side = renderLayers(state, left, height + 1, paint);
  return [
    paint(fit(head, columns), 'selected', 'bold'),
    ...[title!, ...body].map((line, at) => (left === 0 ? line : `${side[at]}${paint('│', 'dim')}${line}`)),
    paint(fit(footer(state), columns), state.isTyping ? 'bold' : 'dim'),
  ].slice(0, state.lines);
}

function footer({ isTyping, options, rows, cursor, pane }: ExploreState): string {
  if (isTyping) return ` /${nameText(options.search)}█   Enter: keep   Esc: all`;
  if (pane !== undefined) return ' Esc: back   ↑↓ PgUp PgDn: scroll';
  const shown = [
    options.merged ? 'all files' : 'changes of this layer',
    ...(options.filter === undefined ? [] : [`${options.filter} only`]),
    ...(options.search === '' ? [] : [`with "${nameText(options.search)}"`]),
    `by ${options.sort}`,
  ];
  return ` ${rows.length === 0 ? 0 : cursor + 1}/${rows.length}  ${shown.join(', ')}   ? help  Tab  m merged  f filter  / search  s sort  q quit`;
}

const marks: Readonly<Record<'added' | 'modified' | 'removed', string>> = { added: 'A', modified: 'M', removed: 'D' };

function tree(state: ExploreState, width: number, height: number, paint: Paint): string[] {
  const detailed = width >= 60;
  const head = fit(
    `  ${'SIZE'.padStart(8)}  ${detailed ? `${'MODE'.padEnd(10)} ${'OWNER'.padEnd(9)}  ` : ''}FILE`,
    width,
  );
  const lines = [paint(head, state.focus === 'files' ? 'bold' : 'dim')];
  for (let at = state.top; at < state.top + height; at += 1) {
    const row = state.rows[at];
    if (row === undefined) {
      const isFirst = at === 0 && state.rows.length === 0;
      lines.push(paint(fit(isFirst ? '  nothing to show' : '', width), 'dim'));
      continue;
    }
    const tones: (Tone | undefined)[] = [row.change];
    if (at === state.cursor) tones.push('selected', state.focus === 'files' ? 'bold' : 'dim');
    lines.push(paint(fit(rowText(row, detailed), width), ...tones));
  }
  return lines;
}

function rowText({ node, change, size, name, depth, isOpen, history }: TreeRow, detailed: boolean): string {
  const mark = change === undefined ? ' ' : marks[change];
  const facts = detailed ? `${modeText(node.type, node.mode)} ${`${node.uid}:${node.gid}`.padEnd(9)}  ` : '';
  const arrow = history.children.size === 0 || node.type !== 'directory' ? '  ' : isOpen ? '▾ ' : '▸ ';
  const target =
    node.hardLinkOf !== undefined
      ? ` ⇒ ${pathText(node.hardLinkOf)}`
      : node.linkPath !== undefined
        ? ` → ${nameText(node.linkPath)}`
        : '';
  return `${mark} ${formatBytes(size).padStart(8)}  ${facts}${'  '.repeat(depth)}${arrow}${nameText(name)}${node.type === 'directory' ? '/' : ''}${target}`;
}

const types: Readonly<Record<string, string>> = { directory: 'd', symlink: 'l', character: 'c', block: 'b', fifo: 'p' };

/** `drwxr-xr-x`, as ls(1) has it. */
function modeText(type: string, mode: number): string {
  const triple = (bits: number, special: boolean, letter: string): string => {
    const run = bits & 1 ? (special ? letter : 'x') : special ? letter.toUpperCase() : '-';
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${run}`;
  };
  return (
    (types[type] ?? '-') +
    triple(mode >> 6, (mode & 0o4000) !== 0, 's') +
    triple(mode >> 3, (mode & 0o2000) !== 0, 's') +
    triple(mode, (mode & 0o1000) !== 0, 't')
  );
}

function paneLines(pane: Pane, width: number, height: number, paint: Paint): string[] {
  const title = pane.kind === 'content' ? pathText(pane.title) : pane.title;
  const text = pane.text.slice(pane.top, pane.top + height);
  return [
    paint(fit(` ${printableLine(title)}`, width), 'bold'),
    ...Array.from({ length: height }, (_, at) => fit(` ${text[at] ?? ''}`, width)),
  ];
}
