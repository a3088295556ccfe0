import type { PackageRecord } from './package-record.ts';
import { formatRelationGroup, type RelationGroup } from './relation.ts';

/** A package that was chosen, and for what. */
export interface Choice {
  readonly record: PackageRecord;
  readonly goal: Goal;
}

/** What is wanted, by a choice or by whoever asked. */
export interface Goal {
  readonly group: RelationGroup;
  readonly by: Choice | undefined;
}

/** What led to a choice, from what was asked for on. */
export function chainOf(choice: Choice): string[] {
  const chain: string[] = [];
  for (let at: Choice | undefined = choice; at !== undefined; at = at.goal.by) {
    const { record } = at;
    const relation = at.goal.group.find((one) => one.name === record.name);
    chain.unshift(relation === undefined ? record.name : formatRelationGroup([relation]));
  }
  return chain;
}

export function formatChain(chain: readonly string[]): string {
  return chain.join(' → ');
}
