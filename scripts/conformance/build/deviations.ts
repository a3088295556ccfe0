import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../../../tests/dockerfiles/outcome.ts';

/** Where Lading does otherwise than another builder, on purpose or because that one cannot. */
export interface Deviations {
  /** What a builder does everywhere: lines of trees that are passed over. */
  readonly everywhere: readonly {
    readonly builder: string;
    /** A regular expression for whole lines of the tree. */
    readonly line?: string;
    /** A member of the config with a value that says the same as none. */
    readonly member?: { readonly name: string; readonly value: unknown };
    readonly reason: string;
  }[];
  readonly cases: readonly {
    readonly case: string;
    readonly builder: string;
    /** What differs: whether it builds at all, the files, or the config. */
    readonly in: Difference;
    readonly reason: string;
  }[];
}

export type Difference = 'result' | 'tree' | 'config';

export async function readDeviations(): Promise<Deviations> {
  return JSON.parse(await readFile(join(import.meta.dirname, 'deviations.json'), 'utf8')) as Deviations;
}

/** An outcome without what its builder does everywhere. */
export function withoutHabits(outcome: Outcome, builder: string, { everywhere }: Deviations): Outcome {
  const habits = everywhere.filter((habit) => habit.builder === builder);
  const lines = habits.flatMap(({ line }) => (line === undefined ? [] : new RegExp(`^${line}$`)));
  const tree = outcome.tree.split('\n').filter((text) => !lines.some((line) => line.test(text)));
  const config = JSON.parse(outcome.config) as Record<string, unknown>;
  for (const { member } of habits) if (member && config[member.name] === member.value) delete config[member.name];
  return { tree: tree.join('\n'), config: JSON.stringify(config, undefined, 1) };
}
