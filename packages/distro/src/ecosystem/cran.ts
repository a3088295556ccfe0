import { compareNumberLists } from './number-list.ts';

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`: numbers with dots or hyphens between, which mean the
 * same, `1.0` before `1.0.0`. Total. R, `package_version`.
 */
export function compareCranVersions(a: string, b: string): number {
  return a === b ? 0 : compareNumberLists(a.split(/[.-]/), b.split(/[.-]/));
}
