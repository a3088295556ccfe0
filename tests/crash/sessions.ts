import type { Random } from './random.ts';

/** What is recorded: a program of seeded steps, in sessions. A session may be killed; the next one goes on with what it finds. */
export interface Sessions<Kind extends string = string> {
  readonly kind: Kind;
  readonly seed: number;
  /** For each session. */
  readonly kills: readonly Kill[];
}

/** After so many operations; or before a sync, the how manyth of those of files or folders whose path ends so; or never. */
export type Kill = { readonly after: number } | { readonly beforeSync: number; readonly of: string } | 'never';

/**
 * One that is wanted, if it is, and others by chance: two at most; the last session ends well. Early ones meet the making of folders, which
 * happens once.
 */
export function killsOf(
  first: Kill | undefined,
  random: Random,
  { chance, within }: { readonly chance: number; readonly within: readonly number[] },
): readonly Kill[] {
  const kills: Kill[] = first === undefined ? [] : [first];
  while (kills.length < 2 && random.chance(chance)) kills.push({ after: 1 + random.below(random.pick(within)) });
  return [...kills, 'never'];
}
