import type { Image } from '@lading/image';
import { historyOf } from '../history-lines.ts';

/** Where the instructions of two images part, and where they meet again. */
export interface HistoryChanges {
  /** How many instructions both begin with. */
  readonly shared: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Compares instructions, not when they ran. Undefined where all are the same. */
export function historyChanges(before: Image, after: Image): HistoryChanges | undefined {
  const [lower, upper] = [instructionsOf(before), instructionsOf(after)];
  const shortest = Math.min(lower.length, upper.length);
  let shared = 0;
  while (shared < shortest && lower[shared] === upper[shared]) shared += 1;
  let tail = 0;
  while (tail < shortest - shared && lower.at(-1 - tail) === upper.at(-1 - tail)) tail += 1;
  const [removed, added] = [lower.slice(shared, lower.length - tail), upper.slice(shared, upper.length - tail)];
  return removed.length + added.length === 0 ? undefined : { shared, before: removed, after: added };
}

function instructionsOf(image: Image): string[] {
  return historyOf(image).map(({ instruction, comment }) => instruction ?? comment ?? '(unknown)');
}
