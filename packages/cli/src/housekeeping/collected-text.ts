import { formatBytes } from '../progress.ts';
import type { Collected } from './collect.ts';
import type { Amount } from './usage.ts';

const kinds = ['manifests', 'layers', 'cache', 'snapshots', 'partial'] as const;

const titles: Readonly<Record<keyof Collected, string>> = {
  manifests: 'manifests without a name',
  layers: 'layers and configs',
  cache: 'build cache',
  snapshots: 'snapshots',
  partial: 'partial transfers',
};

/** Several collections as one. */
export function sumOf(all: readonly Collected[]): Collected {
  const sum = (kind: keyof Collected): Amount => ({
    count: all.reduce((total, each) => total + each[kind].count, 0),
    size: all.reduce((total, each) => total + each[kind].size, 0),
  });
  return {
    manifests: sum('manifests'),
    layers: sum('layers'),
    cache: sum('cache'),
    snapshots: sum('snapshots'),
    partial: sum('partial'),
  };
}

/** Bytes. */
export function collectedSize(all: readonly Collected[]): number {
  const sums = sumOf(all);
  return kinds.reduce((total, kind) => total + sums[kind].size, 0);
}

/** Rows of a table: what, how many, how large; only what there was. */
export function collectedRows(collected: Collected): string[][] {
  return kinds
    .filter((kind) => collected[kind].count > 0)
    .map((kind) => [titles[kind], String(collected[kind].count), formatBytes(collected[kind].size)]);
}
