import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { Row, Statements } from '../database/database.ts';
import { type FoundImage, locateImages, type MaySee } from './found-image.ts';

/** Which part of what a search finds. */
export interface FleetPage {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly maySee: MaySee;
}

/** May be shorter than its limit, or empty, while there is more: what may not be seen was gone through for it. */
export interface FoundPage<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

/**
 * Rows of several lists, one list after the other, each in the order of its own keys, which is that of an index. Nothing is sorted and
 * nothing is gone through twice, so that a page costs what is on it, however much there is.
 */
export interface Lists {
  /** Names of the lists: the first part of every position. */
  readonly heads: readonly number[];
  /** Columns of numbers. */
  readonly keys: readonly string[];
  /** Rows of one list behind a position, with the columns of the keys and the image's `digest` and `platform`. */
  rows(head: number, after: readonly number[], limit: number): Promise<readonly Row[]>;
}

/** Rows that one page goes through at most: whoever may see little gets short pages, not slow ones. */
const maxRows = 2000;

/** Lists that are asked at once, in turn: the first alone may fill a page; later what counts is the way to the database and back. */
const waves = [1, 4, 16] as const;

/** Throws USAGE for a position that is none. */
export async function findMatches<T>(
  statements: Pick<Statements, 'all'>,
  lists: Lists,
  { limit, after, maySee }: FleetPage,
  show: (row: Row, image: FoundImage, head: number) => T,
): Promise<FoundPage<T>> {
  const items: T[] = [];
  let position = after === undefined ? [-1] : parsePosition(after);
  for (let through = 0; through < maxRows; ) {
    // More at a time once it turns out that little of it may be seen.
    const count = through === 0 ? limit + 1 : Math.max(limit + 1, 500);
    const found = await rowsBehind(lists, position, count);
    const located = await locateImages(
      statements,
      found.map(({ row }) => String(row.digest)),
      maySee,
    );
    for (const { head, row } of found) {
      if (items.length === limit) return { items, next: position.join('.') };
      position = [head, ...lists.keys.map((key) => Number(row[key]))];
      through += 1;
      const repositories = located.get(String(row.digest));
      if (repositories === undefined) continue;
      items.push(show(row, { digest: row.digest as Digest, platform: String(row.platform), repositories }, head));
    }
    if (found.length < count) return { items };
  }
  return { items, next: position.join('.') };
}

/** The first `count` rows, or all there are. */
async function rowsBehind(
  lists: Lists,
  [from = -1, ...behind]: readonly number[],
  count: number,
): Promise<readonly { readonly head: number; readonly row: Row }[]> {
  const start = lists.keys.map(() => -1);
  const waiting = lists.heads.filter((head) => head >= from).sort((a, b) => a - b);
  const found: { readonly head: number; readonly row: Row }[] = [];
  for (let wave = 0; waiting.length > 0 && found.length < count; wave++) {
    const heads = waiting.splice(0, waves[wave] ?? 16);
    const rows = await Promise.all(
      heads.map((head) => lists.rows(head, head === from && behind.length > 0 ? behind : start, count)),
    );
    for (const [index, head] of heads.entries()) for (const row of rows[index] ?? []) found.push({ head, row });
  }
  return found.slice(0, count);
}

function parsePosition(text: string): readonly number[] {
  const position = text.split('.').map(Number);
  if (position.every(Number.isSafeInteger)) return position;
  throw new LadingError('USAGE', `Cannot go on after ${JSON.stringify(text.slice(0, 100))}: no page ended so`);
}
