import { LadingError, nearest, throwIfAborted } from '@lading/errors';
import { type AlpineDependency, formatAlpineDependency, parseAlpineDependency } from './dependency.ts';
import type { AlpineIndex, AlpineProvider } from './package-index.ts';
import type { AlpinePackage } from './package-record.ts';
import { type AlpineGoal, AlpineSelection, chainOf } from './selection.ts';

export interface ResolveAlpineOptions {
  /** Dependencies to take for satisfied without a package. */
  readonly assume?: ((dependency: AlpineDependency) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedAlpinePackage {
  readonly package: AlpinePackage;
  /** Why it is here, from a request down; of one that came by itself (`install_if`) only its name. */
  readonly chain: readonly string[];
}

const MAX_BACKTRACKS = 2000;

/**
 * The packages that a world needs, in byte order of their names. A request is a dependency as apk's world file has it: `name`,
 * `name=1.2-r0`, `name~1.2`, `!name`.
 *
 * Deterministic, and as apk decides: the newest version; of several that provide a name without a version the one of highest
 * priority, and none by itself where none has a priority; packages with `install_if` join once all that they name are there. What
 * leaves no choice is taken first; when a choice ends in a conflict, the last one is taken back and the next tried.
 * Throws CONTROL_INVALID, PACKAGE_UNRESOLVED (whose message holds the chain that could not be satisfied), INTERRUPTED.
 */
export function resolveAlpinePackages(
  index: AlpineIndex,
  requests: readonly string[],
  options: ResolveAlpineOptions = {},
): ResolvedAlpinePackage[] {
  const selection = new AlpineSelection();
  const goals = requests.map((text) => ({ dependency: parseAlpineDependency(text), by: undefined }));
  // Conflicts first: they decide about what follows.
  for (const goal of goals.toSorted((a, b) => Number(b.dependency.conflict) - Number(a.dependency.conflict))) {
    selection.want(goal);
  }
  const resolved = new Resolver(index, options).run(selection);
  return resolved.choices
    .map((choice) => ({ package: choice.package, chain: chainOf(choice) }))
    .toSorted((a, b) => (a.package.name < b.package.name ? -1 : 1));
}

/** Ways that are still open: each is what was known when there was a choice, and one answer that was not tried. */
interface Branch {
  readonly selection: AlpineSelection;
  readonly goal: AlpineGoal | undefined;
  /** Undefined: without a package that would come by itself. */
  readonly package: AlpinePackage | undefined;
}

class Resolver {
  readonly #index: AlpineIndex;
  readonly #options: ResolveAlpineOptions;
  readonly #branches: Branch[] = [];

  constructor(index: AlpineIndex, options: ResolveAlpineOptions) {
    this.#index = index;
    this.#options = options;
  }

  run(start: AlpineSelection): AlpineSelection {
    let selection = start;
    let failure: LadingError | undefined;
    for (let backtracks = 0; ; ) {
      throwIfAborted(this.#options.signal);
      const failed = this.#step(selection);
      if (failed === 'done') return selection;
      if (failed === undefined) continue;
      // The first failure is the one on the preferred path, which a person expects to read about.
      failure ??= failed;
      const branch = this.#branches.pop();
      if (branch === undefined || backtracks++ >= MAX_BACKTRACKS) throw failure;
      selection = branch.selection;
      if (branch.package !== undefined) selection.choose({ package: branch.package, goal: branch.goal });
    }
  }

  #step(selection: AlpineSelection): LadingError | 'done' | undefined {
    const { assume } = this.#options;
    if (assume !== undefined) {
      selection.pending = selection.pending.filter((goal) => goal.by === undefined || !assume(goal.dependency));
    }
    if (selection.pending.length === 0) return this.#takeWhatComes(selection) ? undefined : 'done';
    let first: { goal: AlpineGoal; options: readonly AlpinePackage[] } | undefined;
    for (const goal of selection.pending) {
      const options = this.#optionsOf(goal, selection);
      if (options.length === 0) {
        if (!this.#isAmbiguous(goal, selection)) return this.#failure(goal, selection);
        continue;
      }
      first ??= { goal, options };
      if (options.length === 1) {
        first = { goal, options };
        break;
      }
    }
    // All that is left could be satisfied, but nothing says by which.
    if (first === undefined) return this.#failure(selection.pending[0]!, selection);
    const { goal, options } = first;
    for (const one of options.slice(1).toReversed()) {
      this.#branches.push({ selection: selection.copy(), goal, package: one });
    }
    selection.choose({ package: options[0]!, goal });
    return undefined;
  }

  #optionsOf(goal: AlpineGoal, selection: AlpineSelection): AlpinePackage[] {
    return this.#possible(goal, selection)
      .filter((provider, _, all) => isSelectable(provider, all))
      .map((provider) => provider.package);
  }

  #possible({ dependency }: AlpineGoal, selection: AlpineSelection): AlpineProvider[] {
    return this.#index.candidates(dependency).filter((one) => selection.objectionTo(one.package) === undefined);
  }

  #isAmbiguous(goal: AlpineGoal, selection: AlpineSelection): boolean {
    return this.#possible(goal, selection).length > 0;
  }

  // The first whose conditions hold; with a way back to going on without it.
  #takeWhatComes(selection: AlpineSelection): boolean {
    const next = this.#index
      .installIf()
      .find(
        (one) =>
          !selection.declined.has(one) &&
          !selection.hasPackage(one.name) &&
          one.installIf.every((dependency) => selection.has(dependency)) &&
          selection.objectionTo(one) === undefined,
      );
    if (next === undefined) return false;
    const without = selection.copy();
    without.declined.add(next);
    this.#branches.push({ selection: without, goal: undefined, package: undefined });
    selection.choose({ package: next, goal: undefined });
    return true;
  }

  #failure(goal: AlpineGoal, selection: AlpineSelection): LadingError {
    const { dependency, by } = goal;
    const chain = [...(by === undefined ? [] : chainOf(by)), formatAlpineDependency(dependency)];
    const candidates = this.#index.candidates(dependency);
    const objections = candidates.map((one) => selection.objectionTo(one.package)).filter((text) => text !== undefined);
    const possible = this.#possible(goal, selection).map((one) => one.package.name);
    const reason =
      possible.length > 0
        ? `several packages provide it (${possible.slice(0, 5).join(', ')}), and none is preferred`
        : objections.length > 0
          ? objections.slice(0, 3).join('; ')
          : this.#absence(dependency);
    const similar =
      by === undefined && candidates.length === 0 ? nearest(dependency.name, this.#index.names()) : undefined;
    return new LadingError('PACKAGE_UNRESOLVED', `Cannot resolve ${chain.join(' → ')}: ${reason}`, {
      hint:
        possible.length > 0
          ? 'Ask for one of them by name.'
          : objections.length > 0
            ? 'Leave one of the two out, or ask for an alternative by name.'
            : similar === undefined || similar === dependency.name
              ? 'Check the name, and that the repository that holds it is configured.'
              : `Did you mean ${similar}?`,
      details: { chain },
    });
  }

  #absence({ name }: AlpineDependency): string {
    const present = this.#index.providers(name).map((one) => String(one.package));
    return present.length === 0 ? 'no package has or provides it' : `there is only ${present.slice(0, 5).join(', ')}`;
  }
}

// A name without a version is nobody's own: only a priority, or being the only one, makes a package stand for it.
function isSelectable(provider: AlpineProvider, all: readonly AlpineProvider[]): boolean {
  if (provider.version !== undefined || provider.package.providerPriority > 0) return true;
  return all.every((other) => other.package.name === provider.package.name);
}
