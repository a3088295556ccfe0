import type { Home } from '../home.ts';
import { type Collected, type CollectOptions, collectLocal } from './collect.ts';
import { type Disk, excess, type Marks, readDisk } from './disk.ts';
import type { Retention } from './settings.ts';
import { survey } from './survey.ts';
import { usageOf } from './usage.ts';

export interface Relief {
  /** False: the disk was not above the high mark, and nothing was done. */
  readonly needed: boolean;
  readonly before: Disk;
  readonly after: Disk;
  readonly collected: readonly Collected[];
}

export interface RelieveOptions extends Omit<CollectOptions, 'dryRun' | 'unusedSnapshots'> {
  readonly marks: Marks;
  /** At last also what could still be undone. */
  readonly force?: boolean | undefined;
  /** Tests have a disk of their own. */
  readonly read?: (() => Promise<Disk>) | undefined;
}

/**
 * When the disk is above its high mark, removes what is worth least first, and stops as soon as the disk is no longer above the low mark:
 * what nothing needs; snapshots, which are unpacked again from what is here; build cache, the least recently used first; and, only when
 * forced, what can still be undone.
 */
export async function relieve(home: Home, retention: Retention, options: RelieveOptions): Promise<Relief> {
  const { marks, force, signal, read = () => readDisk(home.folder) } = options;
  const before = await read();
  if (excess(before, marks.high) === 0) return { needed: false, before, after: before, collected: [] };
  const steps: readonly ((missing: number) => Promise<Collected>)[] = [
    () => collectLocal(home, retention, options),
    () => collectLocal(home, retention, { ...options, unusedSnapshots: true }),
    async (missing) => {
      const { cache } = usageOf(await survey(home, retention, signal)).content;
      const cacheMaxSize = Math.min(retention.cacheMaxSize, Math.max(0, cache.size - missing));
      return collectLocal(home, { ...retention, cacheMaxSize }, options);
    },
    ...(force === true ? [() => collectLocal(home, { ...retention, undoMs: 0 }, options)] : []),
  ];
  const collected: Collected[] = [];
  let after = before;
  for (const step of steps) {
    const missing = excess(after, marks.low);
    if (missing === 0) break;
    collected.push(await step(missing));
    after = await read();
  }
  return { needed: true, before, after, collected };
}
