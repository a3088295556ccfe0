import type { ProcessCost } from './measured-process.ts';
import { type Summary, summarize } from './statistics.ts';
import { formatMegabytes, formatRatio, formatSummary, formatTable } from './table.ts';

/** What one run took, with what it made. */
export interface RowCost extends ProcessCost {
  /** Of what was exported. */
  readonly bytes?: number;
}

export interface MeasuredRow {
  readonly row: string;
  readonly what: string;
  readonly contenders: readonly MeasuredContender[];
  /** Medians of ours through those of the best of the others, for each figure: below 1 we are first. Undefined where nobody can be compared. */
  readonly ratio: { readonly wall?: number; readonly cpu?: number; readonly peak?: number };
}

export interface MeasuredContender {
  readonly name: string;
  readonly wallMs: Summary;
  readonly cpuMs?: Summary;
  readonly peakBytes?: Summary;
  /** Of what was exported, of the last run. */
  readonly bytes?: number;
}

export function measuredRow(row: string, what: string, samples: ReadonlyMap<string, readonly RowCost[]>): MeasuredRow {
  const contenders = [...samples].flatMap(([name, costs]): MeasuredContender[] => {
    if (costs.length === 0) return [];
    const cpus = costs.flatMap(({ cpuMs }) => cpuMs ?? []);
    const peaks = costs.flatMap(({ peakBytes }) => peakBytes ?? []);
    const bytes = costs.at(-1)?.bytes;
    return [
      {
        name,
        wallMs: summarize(costs.map(({ wallMs }) => wallMs)),
        ...(cpus.length === 0 ? {} : { cpuMs: summarize(cpus) }),
        ...(peaks.length === 0 ? {} : { peakBytes: summarize(peaks) }),
        ...(bytes === undefined ? {} : { bytes }),
      },
    ];
  });
  const ratioOf = (figure: 'wallMs' | 'cpuMs' | 'peakBytes'): number | undefined => {
    const ours = contenders.find(({ name }) => name === 'lading')?.[figure]?.median;
    const theirs = contenders.flatMap((each) => (each.name === 'lading' ? [] : (each[figure]?.median ?? [])));
    return ours === undefined || theirs.length === 0 ? undefined : ours / Math.min(...theirs);
  };
  const [wall, cpu, peak] = [ratioOf('wallMs'), ratioOf('cpuMs'), ratioOf('peakBytes')];
  const ratio = {
    ...(wall === undefined ? {} : { wall }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(peak === undefined ? {} : { peak }),
  };
  return { row, what, contenders, ratio };
}

export function formatRow({ row, what, contenders, ratio }: MeasuredRow): string {
  const exported = contenders.some(({ bytes }) => bytes !== undefined);
  const ratioLine = [
    ...['lading / best other', ratio.wall, ratio.cpu, ratio.peak].map((value) =>
      typeof value === 'number' ? formatRatio(value) : (value ?? ''),
    ),
  ];
  const table = formatTable([
    ['', 'wall s', 'CPU s', 'peak MB', ...(exported ? ['archive MB'] : [])],
    ...contenders.map(({ name, wallMs, cpuMs, peakBytes, bytes }) => [
      ...[name, formatSummary(wallMs, 2, 1e-3), cpuMs === undefined ? '-' : formatSummary(cpuMs, 2, 1e-3)],
      formatMegabytes(peakBytes?.median),
      ...(exported ? [bytes === undefined ? '-' : (bytes / 1e6).toFixed(1)] : []),
    ]),
    ratioLine,
  ]);
  return `${row}: ${what}\n${table}`;
}
