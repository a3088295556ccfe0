import { parseToml, requiredTextAt, type TomlTable, tableAt, tablesAt } from './toml.ts';

/** One alternative of what a buildpack needs and gives (buildpack API §build plan). */
export interface PlanSections {
  readonly provides: readonly string[];
  readonly requires: readonly Requirement[];
}

export interface Requirement {
  readonly name: string;
  readonly metadata: TomlTable;
}

/** What of one name is required, and by whom it can be met, in their order (platform API §plan.toml). */
export interface PlanEntry {
  readonly name: string;
  /** IDs of buildpacks. */
  readonly providers: readonly string[];
  readonly requires: readonly Requirement[];
}

/** Of what bin/detect wrote: the top level, then each `or`. Throws BUILDPACK_INVALID. */
export function parseBuildPlan(text: string, what: string): readonly PlanSections[] {
  const table = parseToml(text, what);
  return [table, ...tablesAt(table, 'or', what)].map((sections) => ({
    provides: tablesAt(sections, 'provides', what).map((one) => requiredTextAt(one, 'name', what)),
    requires: tablesAt(sections, 'requires', what).map((one) => ({
      name: requiredTextAt(one, 'name', what),
      metadata: tableAt(one, 'metadata', what),
    })),
  }));
}

/** A buildpack that passed detection, with its alternatives. */
export interface Participant {
  readonly id: string;
  readonly optional: boolean;
  readonly alternatives: readonly PlanSections[];
}

export interface ResolvedPlan {
  /** IDs of those that take part, in the order of the group. */
  readonly participants: readonly string[];
  readonly entries: readonly PlanEntry[];
}

export type PlanOutcome =
  | ({ readonly resolved: true } & ResolvedPlan)
  /** Why the last trial failed: `a requires node, which nothing before it provides`. */
  | { readonly resolved: false; readonly reason: string };

/**
 * Tries one alternative of each, from the left and depth first, until everything that is required is provided by the same or an
 * earlier buildpack and everything provided is required by the same or a later one. An optional buildpack that stands in the way is
 * left out, but only in its last alternative (buildpack API §phase 1).
 */
export function resolveBuildPlan(group: readonly Participant[]): PlanOutcome {
  let reason = 'no buildpack takes part';
  for (const trial of trials(group)) {
    const outcome = runTrial(trial);
    if (outcome.resolved) return outcome;
    reason = outcome.reason;
  }
  return { resolved: false, reason };
}

interface Choice extends PlanSections {
  readonly id: string;
  readonly optional: boolean;
}

function* trials(
  group: readonly Participant[],
  chosen: readonly Choice[] = [],
): Generator<readonly Choice[], void, void> {
  const [first, ...rest] = group;
  if (first === undefined) return yield chosen;
  for (const [index, sections] of first.alternatives.entries()) {
    const optional = first.optional && index === first.alternatives.length - 1;
    yield* trials(rest, [...chosen, { ...sections, id: first.id, optional }]);
  }
}

function runTrial(trial: readonly Choice[]): PlanOutcome {
  let choices = trial;
  for (;;) {
    const { entries, faults } = planOf(choices);
    const fatal = faults.find(({ choice }) => !choice.optional);
    if (fatal !== undefined) return { resolved: false, reason: fatal.reason };
    if (faults.length === 0) {
      if (choices.length === 0) return { resolved: false, reason: 'no buildpack takes part' };
      return { resolved: true, participants: choices.map(({ id }) => id), entries };
    }
    const out = new Set(faults.map(({ choice }) => choice));
    choices = choices.filter((choice) => !out.has(choice));
  }
}

interface Fault {
  readonly choice: Choice;
  readonly reason: string;
}

function planOf(choices: readonly Choice[]): { entries: readonly PlanEntry[]; faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const entries = new Map<string, { providers: string[]; requires: Requirement[] }>();
  /** Who provides something that nobody has required yet. */
  const unused = new Map<string, Choice[]>();
  for (const choice of choices) {
    for (const name of choice.provides) unused.set(name, [...(unused.get(name) ?? []), choice]);
    for (const requirement of choice.requires) {
      const { name } = requirement;
      const entry = entries.get(name) ?? { providers: [], requires: [] };
      entry.providers.push(...(unused.get(name) ?? []).map(({ id }) => id));
      unused.delete(name);
      if (entry.providers.length === 0) {
        faults.push({ choice, reason: `${choice.id} requires ${name}, which nothing before it provides` });
        continue;
      }
      entry.requires.push(requirement);
      entries.set(name, entry);
    }
  }
  for (const [name, providers] of unused)
    for (const choice of providers)
      faults.push({ choice, reason: `${choice.id} provides ${name}, which nothing after it requires` });
  return { entries: [...entries].map(([name, entry]) => ({ name, ...entry })), faults };
}

/** What a buildpack finds in its buildpack plan: the requirements it can meet that nobody before it met. */
export function planFor(entries: readonly PlanEntry[], id: string): readonly Requirement[] {
  return entries.filter(({ providers }) => providers.includes(id)).flatMap(({ requires }) => requires);
}

/** The plan for those after it: without what it met, which is all that it did not call unmet (buildpack API §unmet entries). */
export function withoutMet(entries: readonly PlanEntry[], id: string, unmet: readonly string[]): readonly PlanEntry[] {
  return entries.filter(({ name, providers }) => !providers.includes(id) || unmet.includes(name));
}
