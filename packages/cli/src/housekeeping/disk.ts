import { statfs } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import { formatBytes } from '../progress.ts';
import { parseSize } from './amounts.ts';

/** The disk that a folder is on, as `df` counts it. */
export interface Disk {
  /** Bytes that a user can have in all: what is reserved for root is left out. */
  readonly total: number;
  readonly free: number;
}

/** How full is too full: a share that is used, in percent, or bytes that have to stay free. */
export type Mark = { readonly usedPercent: number } | { readonly freeBytes: number };

/** Above `high` something is collected, until the disk is no longer above `low`. */
export interface Marks {
  readonly high: Mark;
  readonly low: Mark;
}

export async function readDisk(folder: string): Promise<Disk> {
  const { blocks, bfree, bavail, bsize } = await statfs(folder);
  return { total: (blocks - bfree + bavail) * bsize, free: bavail * bsize };
}

/** LADING_DISK_HIGH and LADING_DISK_LOW, such as `90%` or `20GB`; 90% and 80% where neither is set, and both alike where only HIGH is. Throws USAGE. */
export function marksOf(env: NodeJS.ProcessEnv): Marks {
  return {
    high: parseMark(env.LADING_DISK_HIGH || '90%', 'LADING_DISK_HIGH'),
    low: parseMark(env.LADING_DISK_LOW || env.LADING_DISK_HIGH || '80%', 'LADING_DISK_LOW'),
  };
}

function parseMark(text: string, what: string): Mark {
  const [, percent] = /^(\d{1,3}) ?%$/.exec(text.trim()) ?? [];
  if (percent === undefined) return { freeBytes: parseSize(text, what) };
  if (Number(percent) <= 100) return { usedPercent: Number(percent) };
  throw new LadingError('USAGE', `Cannot use ${what} ${JSON.stringify(text)}: more than 100% cannot be used`);
}

/** Bytes that would have to be freed for the disk to be no longer above the mark; 0 when it is not. */
export function excess({ total, free }: Disk, mark: Mark): number {
  const wanted = 'freeBytes' in mark ? mark.freeBytes : Math.ceil((total * (100 - mark.usedPercent)) / 100);
  return Math.max(0, wanted - free);
}

/** `90% used` or `20 GB free`. */
export function formatMark(mark: Mark): string {
  return 'freeBytes' in mark ? `${formatBytes(mark.freeBytes)} free` : `${mark.usedPercent}% used`;
}

export function usedPercent({ total, free }: Disk): number {
  return total === 0 ? 0 : Math.round(((total - free) / total) * 100);
}
