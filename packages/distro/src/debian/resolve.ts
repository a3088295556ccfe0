import { LadingError, nearest, throwIfAborted } from '@lading/errors';
import { type Choice, chainOf, formatChain, type Goal } from './choice.ts';
import { type PackageIndex, providesRelation } from './package-index.ts';
import type { PackageRecord } from './package-record.ts';
import {
  appliesTo,
  formatRelationGroup,
  parseRelation,
  type Relation,
  type RelationGroup,
  versionSatisfies,
} from './relation.ts';

export interface ResolveOptions {
  /** Debian's name of the architecture, such as `amd64`. */
  readonly architecture: string;
  /** Also takes every package marked Essential, which others need not declare. Default false. */
  readonly essential?: boolean | undefined;
  /** Dependencies to take for satisfied without a package, such as tools that only maintainer scripts run. */
  readonly assume?: ((relation: Relation, by: PackageRecord) => boolean) | undefined;
  /** Names that are tried first wherever they are among the alternatives or providers. */
  readonly prefer?: ReadonlySet<string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedPackage {
  readonly record: PackageRecord;
  /** Why it is here, from a request down: `["curl", "libcurl4 (= 7.88.1-10)", "libssl3 (>= 3.0.0)"]`. */
  readonly chain: readonly string[];
}

/** A package asked for: `name`, `name=version` as apt writes it, or a relation such as `name (>= 2)`. Throws CONTROL_INVALID. */
export function parseRequest(text: string): Relation {
  const equals = /^([^\s=(]+)=([^\s=]+)$/.exec(text.trim());
  return parseRelation(equals === null ? text : `${equals[1]} (= ${equals[2]})`);
}

const MAX_BACKTRACKS = 2000;

/**
 * The packages that the requests need, by Pre-Depends and Depends, in byte order of their names.
 *
 * Deterministic: requests are taken in their order, then essential packages, then dependencies breadth first; of alternatives
 * the first that fits, unless one is already chosen; of versions the newest; of providers the one with the highest priority.
 * When a choice ends in a conflict the last choice is taken back and the next alternative tried. Recommends are not followed.
 * Throws PACKAGE_UNRESOLVED, whose message holds the chain that could not be satisfied.
 */
export function resolvePackages(
  index: PackageIndex,
  requests: readonly (string | Relation)[],
  options: ResolveOptions,
): ResolvedPackage[] {
  const resolver = new Resolver(index, options);
  for (const request of requests) resolver.want(typeof request === 'string' ? parseRequest(request) : request);
  if (options.essential === true) {
    for (const record of index.essential(options.architecture)) resolver.want({ name: record.name });
  }
  return resolver.run();
}

interface Branch {
  readonly goal: Goal;
  readonly options: readonly PackageRecord[];
  next: number;
  readonly chosen: number;
  readonly queued: number;
  readonly cursor: number;
}

interface Objection {
  readonly relation: Relation;
  readonly by: Choice;
  readonly field: 'Conflicts' | 'Breaks';
}

class Resolver {
  readonly #index: PackageIndex;
  readonly #options: ResolveOptions;
  readonly #queue: Goal[] = [];
  #cursor = 0;
  readonly #chosen: Choice[] = [];
  readonly #branches: Branch[] = [];
  // Derived from #chosen.
  readonly #byName = new Map<string, Choice>();
  readonly #providers = new Map<string, Choice[]>();
  readonly #objections = new Map<string, Objection[]>();

  constructor(index: PackageIndex, options: ResolveOptions) {
    this.#index = index;
    this.#options = options;
  }

  want(relation: Relation): void {
    this.#queue.push({ group: [relation], by: undefined });
  }

  run(): ResolvedPackage[] {
    let failure: LadingError | undefined;
    let backtracks = 0;
    while (this.#cursor < this.#queue.length) {
      throwIfAborted(this.#options.signal);
      const goal = this.#queue[this.#cursor++]!;
      const failed = this.#pursue(goal);
      if (failed === undefined) continue;
      // The first failure is the one on the preferred path, which a person expects to read about.
      failure ??= failed;
      if (backtracks++ >= MAX_BACKTRACKS || !this.#takeBack()) throw failure;
    }
    return this.#chosen
      .map((choice) => ({ record: choice.record, chain: chainOf(choice) }))
      .sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }

  #pursue(goal: Goal): LadingError | undefined {
    const alternatives = goal.group.filter((relation) => this.#concerns(relation));
    if (
      goal.group.length > 0 &&
      alternatives.length === 0 &&
      goal.group.every((relation) => !this.#applies(relation))
    ) {
      return undefined;
    }
    if (alternatives.some((relation) => this.#isSatisfied(relation))) return undefined;
    const by = goal.by;
    if (by !== undefined && alternatives.some((relation) => this.#options.assume?.(relation, by.record) === true)) {
      return undefined;
    }
    const candidates = alternatives.flatMap((relation) =>
      this.#index.candidates(relation, this.#options.architecture).map((candidate) => candidate.package),
    );
    const distinct = this.#preferredFirst([...new Set(candidates)]);
    const options = distinct.filter((record) => this.#conflictOf(record) === undefined);
    const [first] = options;
    if (first === undefined) return this.#failure(goal, distinct);
    if (options.length > 1) {
      this.#branches.push({
        goal,
        options,
        next: 1,
        chosen: this.#chosen.length,
        queued: this.#queue.length,
        cursor: this.#cursor,
      });
    }
    this.#choose({ record: first, goal });
    return undefined;
  }

  #preferredFirst(records: PackageRecord[]): PackageRecord[] {
    const prefer = this.#options.prefer;
    if (prefer === undefined || !records.some((record) => prefer.has(record.name))) return records;
    return records.toSorted((a, b) => Number(prefer.has(b.name)) - Number(prefer.has(a.name)));
  }

  #applies(relation: Relation): boolean {
    return appliesTo(relation, this.#options.architecture);
  }

  #concerns(relation: Relation): boolean {
    const { qualifier } = relation;
    const native = qualifier === undefined || ['any', 'native', this.#options.architecture].includes(qualifier);
    return native && this.#applies(relation);
  }

  #isSatisfied(relation: Relation): boolean {
    const named = this.#byName.get(relation.name);
    if (named !== undefined && versionSatisfies(named.record.version, relation)) return true;
    return (this.#providers.get(relation.name) ?? []).some((choice) => providesRelation(choice.record, relation));
  }

  #choose(choice: Choice): void {
    this.#chosen.push(choice);
    this.#note(choice);
    for (const field of ['Pre-Depends', 'Depends'] as const) {
      for (const group of choice.record.relations(field)) this.#queue.push({ group, by: choice });
    }
  }

  #note(choice: Choice): void {
    const { record } = choice;
    this.#byName.set(record.name, choice);
    for (const provided of record.provides()) append(this.#providers, provided.name, choice);
    for (const field of ['Conflicts', 'Breaks'] as const) {
      for (const relation of record.relations(field).flat()) {
        append(this.#objections, relation.name, { relation, by: choice, field });
      }
    }
  }

  // Takes the newest choice back that has another option, and makes that one.
  #takeBack(): boolean {
    for (;;) {
      const branch = this.#branches.at(-1);
      if (branch === undefined) return false;
      this.#chosen.length = branch.chosen;
      this.#queue.length = branch.queued;
      this.#cursor = branch.cursor;
      const record = branch.options[branch.next++];
      if (branch.next >= branch.options.length) this.#branches.pop();
      if (record === undefined) continue;
      this.#byName.clear();
      this.#providers.clear();
      this.#objections.clear();
      for (const choice of this.#chosen) this.#note(choice);
      this.#choose({ record, goal: branch.goal });
      return true;
    }
  }

  /** Why the package cannot join those already chosen, as the end of a sentence. */
  #conflictOf(record: PackageRecord): string | undefined {
    const same = this.#byName.get(record.name);
    if (same !== undefined) {
      return `${record} is not possible, because ${same.record} is already chosen (${formatChain(chainOf(same))})`;
    }
    for (const field of ['Conflicts', 'Breaks'] as const) {
      for (const relation of record.relations(field).flat()) {
        if (!this.#concerns(relation)) continue;
        const other = this.#matching(relation, record.name);
        if (other !== undefined) return `${record} ${verb(field)} ${other.record} (${formatChain(chainOf(other))})`;
      }
    }
    for (const name of [record.name, ...record.provides().map((provided) => provided.name)]) {
      for (const { relation, by, field } of this.#objections.get(name) ?? []) {
        if (by.record.name === record.name || !this.#concerns(relation)) continue;
        const hits =
          name === record.name ? versionSatisfies(record.version, relation) : providesRelation(record, relation);
        if (hits) return `${by.record} (${formatChain(chainOf(by))}) ${verb(field)} ${record}`;
      }
    }
    return undefined;
  }

  #matching(relation: Relation, except: string): Choice | undefined {
    const named = this.#byName.get(relation.name);
    if (named !== undefined && named.record.name !== except && versionSatisfies(named.record.version, relation)) {
      return named;
    }
    return (this.#providers.get(relation.name) ?? []).find(
      (choice) => choice.record.name !== except && providesRelation(choice.record, relation),
    );
  }

  #failure(goal: Goal, candidates: readonly PackageRecord[]): LadingError {
    const wanted = formatRelationGroup(goal.group);
    const chain = goal.by === undefined ? [wanted] : [...chainOf(goal.by), wanted];
    const conflicts = candidates.map((record) => this.#conflictOf(record)).filter((text) => text !== undefined);
    const reason = conflicts.length > 0 ? conflicts.join('; ') : this.#absence(goal.group);
    const name = goal.group[0]?.name ?? '';
    const similar = goal.by === undefined && !this.#index.has(name) ? nearest(name, this.#index.names()) : undefined;
    return new LadingError('PACKAGE_UNRESOLVED', `Cannot resolve ${formatChain(chain)}: ${reason}`, {
      hint:
        conflicts.length > 0
          ? 'Leave one of the two out, or ask for the alternative by name.'
          : similar === undefined
            ? 'Check the name, and that the suite and components that hold it are configured.'
            : `Did you mean ${similar}?`,
      details: { chain, architecture: this.#options.architecture },
    });
  }

  #absence(group: RelationGroup): string {
    const present = group.flatMap((relation) => this.#index.versions(relation.name, this.#options.architecture));
    if (present.length > 0) return `no candidate; the archive has ${present.slice(0, 5).join(', ')}`;
    const elsewhere = group.some((relation) => this.#index.has(relation.name));
    return elsewhere ? `no candidate for ${this.#options.architecture}` : 'no candidate';
  }
}

function verb(field: 'Conflicts' | 'Breaks'): string {
  return field === 'Conflicts' ? 'conflicts with' : 'breaks';
}

function append<T>(map: Map<string, T[]>, name: string, item: T): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [item]);
  else list.push(item);
}
