import type { CopyPlan, PlannedContent } from '@lading/image';
import { formatBytes } from './progress.ts';
import { shortDigest, table } from './table.ts';

/** What `--json` shows of a plan, and what its last line adds up. */
export interface PlanTotals {
  readonly bytes: number;
  readonly wireBytes: number;
  readonly reusedBytes: number;
  readonly requests: number;
}

export function totalsOf({ contents }: CopyPlan): PlanTotals {
  const sum = (count: (content: PlannedContent) => number): number =>
    contents.reduce((total, content) => total + count(content), 0);
  return {
    bytes: sum(({ size }) => size),
    wireBytes: sum(({ wireBytes }) => wireBytes),
    reusedBytes: sum(({ reusedBytes }) => reusedBytes),
    requests: sum(({ requests }) => requests),
  };
}

/** A line for each content and one for all. */
export function planText(plan: CopyPlan): string {
  const { bytes, wireBytes, reusedBytes } = totalsOf(plan);
  const rows = plan.contents.map((content) => [
    shortDigest(content.digest),
    content.kind,
    formatBytes(content.size),
    content.outcome === 'present' || content.outcome === 'skip' ? '-' : formatBytes(content.wireBytes),
    explain(content),
  ]);
  const share = bytes === 0 ? '' : ` (${((100 * wireBytes) / bytes).toFixed(1)}%)`;
  const reused = reusedBytes === 0 ? '' : `; ${formatBytes(reusedBytes)} from layers that are here`;
  return [
    table(['DIGEST', 'KIND', 'SIZE', 'TRANSFER', 'HOW'], rows),
    `${formatBytes(wireBytes)} of ${formatBytes(bytes)}${share} to transfer${reused}`,
  ].join('\n');
}

function explain({ outcome, reusedBytes, requests, rangesUnsupported }: PlannedContent): string {
  switch (outcome) {
    case 'present':
      return 'is here already';
    case 'mount':
      return 'mounted from another repository';
    case 'skip':
      return 'left out: it may not be redistributed';
    case 'partial':
      return `in ${requests} requests; ${formatBytes(reusedBytes)} are in layers that are here`;
    case 'whole':
      return rangesUnsupported ? 'whole: the registry does not give parts of it' : 'whole';
  }
}
