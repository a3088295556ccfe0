import { printableLine } from '../printable.ts';
import { formatBytes } from '../progress.ts';
import { table } from '../table.ts';
import type { Analysis, AnalyzedLayer } from './analysis.ts';
import type { Budget } from './budget.ts';
import { pathText } from './path-text.ts';

export interface AnalysisTextOptions {
  readonly name: string;
  readonly budgets: readonly Budget[];
  /** Lines are cut to so many columns. */
  readonly width: number;
  /** How many rows a list has at most. */
  readonly rows: number;
}

/** `lading analyze` for people. */
export function analysisText(analysis: Analysis, { name, budgets, width, rows }: AnalysisTextOptions): string {
  const { layers, waste, leftovers, biggest, setuid } = analysis;
  const parts = [
    `${printableLine(name)}\n${summary(analysis, width)}`,
    layerTable(layers),
    list(['HIDDEN', 'FILES', 'LAYER', 'WHAT'], waste.hidden, rows, ({ size, files, layer, by, kind, path }) => [
      formatBytes(size),
      `${files}`,
      `${layer}`,
      layer === by ? `${pathText(path)} is in the layer twice` : `${pathText(path)} is ${kind} by layer ${by}`,
    ]),
    list(['TWICE', 'COPIES', 'OF', 'WHERE'], waste.duplicates, rows, ({ wasted, size, paths }) => [
      formatBytes(wasted),
      `${paths.length}`,
      formatBytes(size),
      paths.slice(0, 3).map(pathText).join(', ') + (paths.length > 3 ? ', …' : ''),
    ]),
    list(
      ['LEFT OVER', 'FILES', 'WHAT', 'WHERE', 'INSTEAD'],
      leftovers,
      rows,
      ({ size, files, what, where, advice }) => [formatBytes(size), `${files}`, what, pathText(where), advice],
    ),
    list(['BIGGEST', 'LAYER', 'PATH'], biggest, Math.min(rows, 10), ({ size, layer, path }) => [
      formatBytes(size),
      `${layer}`,
      pathText(path),
    ]),
    list(['SETUID', 'OWNER', 'LAYER', 'PATH'], setuid, rows, ({ mode, uid, gid, capabilities, layer, path }) => [
      capabilities ? `${mode} +caps` : mode,
      `${uid}:${gid}`,
      `${layer}`,
      pathText(path),
    ]),
    budgets.map(budgetLine).join('\n'),
  ];
  return parts
    .filter((part) => part !== '')
    .join('\n\n')
    .split('\n')
    .map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line))
    .join('\n');
}

function summary({ size, layers, efficiency, waste, dive }: Analysis, width: number): string {
  const cells = Math.max(10, Math.min(40, width - 40));
  const useful = Math.round(efficiency * cells);
  const ofUser =
    dive.wastedPercent === null ? '' : `, ${percent(dive.wastedPercent)} of what the layers above the lowest add`;
  return [
    `${formatBytes(size.stored)} stored, ${formatBytes(size.uncompressed)} uncompressed, ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}`,
    '',
    `efficiency  ${'█'.repeat(useful)}${'░'.repeat(cells - useful)} ${percent(efficiency * 100)}`,
    `wasted      ${formatBytes(waste.bytes)} of ${formatBytes(size.files)}: ${formatBytes(waste.hiddenBytes)} hidden, ${formatBytes(waste.duplicateBytes)} twice`,
    `dive says   ${percent(dive.efficiency * 100)}, ${formatBytes(dive.wastedBytes)} wasted${ofUser}`,
  ].join('\n');
}

const barWidth = 16;

function layerTable(layers: readonly AnalyzedLayer[]): string {
  const largest = Math.max(1, ...layers.map(({ uncompressed }) => uncompressed));
  const rows = layers.map((layer) => {
    const { number, stored, uncompressed, hiddenBytes, added, modified, removed, instruction = '' } = layer;
    return [
      `${number}`,
      formatBytes(stored),
      formatBytes(uncompressed),
      bar(uncompressed, hiddenBytes, largest),
      count('+', added),
      count('~', modified),
      count('-', removed),
      printableLine(instruction),
    ];
  });
  return table(['LAYER', 'STORED', 'SIZE', '█ NEEDED ░ HIDDEN', 'ADDED', 'CHANGED', 'REMOVED', 'INSTRUCTION'], rows);
}

function bar(size: number, hidden: number, largest: number): string {
  const cells = size === 0 ? 0 : Math.max(1, Math.round((size / largest) * barWidth));
  const vain = size === 0 ? 0 : Math.round((hidden / size) * cells);
  return '█'.repeat(cells - vain) + '░'.repeat(vain);
}

function count(sign: string, amount: number): string {
  return amount === 0 ? '' : `${sign}${amount}`;
}

/** A table of the first rows, and how many more there are; nothing for nothing. */
function list<T>(head: readonly string[], items: readonly T[], rows: number, row: (item: T) => string[]): string {
  if (items.length === 0) return '';
  const more = items.length > rows ? `\nand ${items.length - rows} more` : '';
  return table(head, items.slice(0, rows).map(row)) + more;
}

function budgetLine({ name, unit, limit, value, kept }: Budget): string {
  const format = unit === 'bytes' ? formatBytes : percent;
  return `${kept ? 'kept    ' : 'EXCEEDED'}  ${name} ${format(limit)}: it is ${format(value)}`;
}

function percent(value: number): string {
  return `${value.toFixed(1)}%`;
}
