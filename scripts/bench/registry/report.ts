import { advantage } from '../statistics.ts';
import { formatMegabytes, formatRatio, formatSummary, formatTable } from '../table.ts';
import type { Figures, Row } from './measure.ts';

/** How ours compares with the best of the others; undefined where one of both is missing. */
export function ratioToBest({ figures }: Row): { readonly peer: string; readonly ratio: number } | undefined {
  const ours = figures.find(({ registry }) => registry === 'lading');
  const [best] = figures
    .filter(({ registry }) => registry !== 'lading')
    .sort((a, b) => b.throughput.median - a.throughput.median);
  if (ours === undefined || best === undefined) return undefined;
  return { peer: best.registry, ratio: advantage(ours.throughput, best.throughput, 'more') };
}

/** A table of one row's registries. */
export function formatRow(row: Row): string {
  const { name, connections, bytes } = row.workload;
  const unit = bytes === 0 ? 'requests/s' : 'MB/s';
  const per = bytes === 0 ? 'ms CPU/1000' : 'ms CPU/GB';
  const best = ratioToBest(row);
  const cells = (figures: Figures): string[] => [
    figures.registry,
    formatSummary(figures.throughput, figures.throughput.median < 100 ? 1 : 0),
    figures.p50Ms.median.toFixed(2),
    figures.p99Ms.median.toFixed(2),
    figures.cpuMsPerThousand.median.toFixed(0),
    figures.cpuSeconds.median.toFixed(2),
    figures.loadCores.median.toFixed(2),
    formatMegabytes(figures.peakBytes),
    figures.registry === 'lading' && best !== undefined ? formatRatio(best.ratio) : '-',
  ];
  const table = formatTable([
    ['registry', unit, 'p50 ms', 'p99 ms', per, 'CPU s', 'load cores', 'peak MB', 'of the best peer'],
    ...row.figures.map(cells),
  ]);
  const failures = Object.entries(row.failures).map(([registry, reason]) => `  ${registry}: ${reason}`);
  return [`${name}, ${connections} connection${connections === 1 ? '' : 's'}`, table, ...failures].join('\n');
}

/** Every row in a line: where ours stands. */
export function formatSummaryTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const best = ratioToBest(row);
    const ours = row.figures.find(({ registry }) => registry === 'lading');
    return [
      row.workload.name,
      String(row.workload.connections),
      ours === undefined ? '-' : `${ours.throughput.median.toFixed(0)} ${row.workload.bytes === 0 ? '/s' : 'MB/s'}`,
      best?.peer ?? '-',
      best === undefined ? '-' : formatRatio(best.ratio),
      best === undefined ? '-' : best.ratio >= 1 ? 'first' : 'not first',
    ];
  });
  return formatTable([['work', 'connections', 'lading', 'best peer', 'ratio', ''], ...lines]);
}
