import { type AlpineDependency, alpineVersionMatches, formatAlpineDependency } from './dependency.ts';
import type { AlpinePackage } from './package-record.ts';

/** A package that was chosen, and for what. */
export interface AlpineChoice {
  readonly package: AlpinePackage;
  /** Undefined for what came by itself (`install_if`). */
  readonly goal: AlpineGoal | undefined;
}

/** Something that is needed: a request, or a dependency of a choice. */
export interface AlpineGoal {
  readonly dependency: AlpineDependency;
  readonly by: AlpineChoice | undefined;
}

interface Provided {
  readonly choice: AlpineChoice;
  readonly version: string | undefined;
}

/**
 * The packages chosen so far, and what is still needed. A name with a version belongs to one package: a package's own name does,
 * and what it provides with a version; what is provided without one any number of packages may share. apk-package(5).
 */
export class AlpineSelection {
  readonly choices: AlpineChoice[] = [];
  /** What no choice satisfies yet, in the order in which it came up. */
  pending: AlpineGoal[] = [];
  /** What would come by itself, but does not on this way. */
  readonly declined: Set<AlpinePackage> = new Set();
  readonly #provided = new Map<string, Provided[]>();
  readonly #conflicts: AlpineGoal[] = [];

  copy(): AlpineSelection {
    const copy = new AlpineSelection();
    copy.pending = [...this.pending];
    for (const one of this.declined) copy.declined.add(one);
    copy.#conflicts.push(...this.#conflicts);
    for (const choice of this.choices) copy.#note(choice);
    return copy;
  }

  want(goal: AlpineGoal): void {
    if (goal.dependency.conflict) this.#conflicts.push(goal);
    else if (!this.has(goal.dependency)) this.pending.push(goal);
  }

  choose(choice: AlpineChoice): void {
    this.#note(choice);
    this.pending = this.pending.filter((goal) => !this.has(goal.dependency));
    for (const dependency of choice.package.depends) this.want({ dependency, by: choice });
  }

  #note(choice: AlpineChoice): void {
    this.choices.push(choice);
    for (const { name, version } of namesOf(choice.package)) {
      this.#provided.set(name, [...(this.#provided.get(name) ?? []), { choice, version }]);
    }
  }

  /** Whether a choice satisfies the dependency; for a conflict: whether none has what must not be there. */
  has(dependency: AlpineDependency): boolean {
    return (this.#matching(dependency) !== undefined) !== dependency.conflict;
  }

  hasPackage(name: string): boolean {
    return this.choices.some((choice) => choice.package.name === name);
  }

  #matching(dependency: AlpineDependency, except?: AlpinePackage): AlpineChoice | undefined {
    return this.#provided
      .get(dependency.name)
      ?.find(({ choice, version }) => choice.package !== except && alpineVersionMatches(version, dependency))?.choice;
  }

  /** Why a package cannot join, as the end of a sentence. */
  objectionTo(one: AlpinePackage): string | undefined {
    for (const { name, version } of namesOf(one)) {
      const other = this.#provided.get(name)?.find((had) => had.version !== undefined || version !== undefined);
      if (other !== undefined) return `${one} and ${describe(other.choice)} cannot both be ${name}`;
      const conflict = this.#conflicts.find(
        ({ dependency, by }) =>
          dependency.name === name && by?.package !== one && alpineVersionMatches(version, dependency),
      );
      if (conflict !== undefined) return `${describe(conflict.by)} conflicts with ${one}`;
      if (version === undefined) continue;
      // It would own the name: whoever needs another version of it could not be satisfied any more.
      const unmet = this.pending.find(
        ({ dependency }) => dependency.name === name && !alpineVersionMatches(version, dependency),
      );
      if (unmet !== undefined) {
        return `${describe(unmet.by)} needs ${formatAlpineDependency(unmet.dependency)}, which ${one} is not`;
      }
    }
    for (const dependency of one.depends) {
      const other = dependency.conflict ? this.#matching(dependency, one) : undefined;
      if (other !== undefined) return `${one} conflicts with ${describe(other)}`;
    }
    return undefined;
  }
}

function namesOf(one: AlpinePackage): { name: string; version: string | undefined }[] {
  const others = one.provides.filter((provided) => provided.name !== one.name);
  return [{ name: one.name, version: one.version }, ...others.map(({ name, version }) => ({ name, version }))];
}

function describe(choice: AlpineChoice | undefined): string {
  return choice === undefined ? 'the request' : `${choice.package} (${chainOf(choice).join(' → ')})`;
}

/** Why a package was chosen, from a request down. */
export function chainOf(choice: AlpineChoice): string[] {
  const chain: string[] = [];
  for (let at: AlpineChoice | undefined = choice; at !== undefined; at = at.goal?.by) {
    const { dependency } = at.goal ?? {};
    chain.unshift(dependency === undefined ? at.package.name : formatAlpineDependency(dependency));
  }
  return chain;
}
