import { type AlpineDependency, alpineVersionMatches } from './dependency.ts';
import { type AlpinePackage, parseAlpineIndex } from './package-record.ts';
import { compareAlpineVersions } from './version.ts';

/** A package that could stand for a name. */
export interface AlpineProvider {
  readonly package: AlpinePackage;
  /** Of the name: the package's own where it has that name; undefined where it is provided without one. */
  readonly version: string | undefined;
}

/** The packages of some repositories, in the order in which these are preferred where nothing else decides. */
export class AlpineIndex {
  readonly #providers = new Map<string, AlpineProvider[]>();
  readonly #installIf: AlpinePackage[] = [];
  #sorted = true;
  readonly #known = new Set<string>();

  /**
   * Adds the text of an `APKINDEX`. A package that is in two repositories is the first one's. What apk could not install, because
   * a dependency of it does not parse, is left out. Throws CONTROL_INVALID.
   */
  add(text: string, repository = ''): this {
    for (const one of parseAlpineIndex(text, repository)) {
      const id = `${one.name} ${one.version} ${one.checksum}`;
      if (this.#known.has(id) || !isInstallable(one)) continue;
      this.#known.add(id);
      this.#provide(one.name, { package: one, version: one.version });
      for (const { name, version } of one.provides) {
        if (name !== one.name) this.#provide(name, { package: one, version });
      }
      if (one.installIf.length > 0) this.#installIf.push(one);
    }
    this.#sorted = false;
    return this;
  }

  #provide(name: string, provider: AlpineProvider): void {
    const list = this.#providers.get(name);
    if (list === undefined) this.#providers.set(name, [provider]);
    else list.push(provider);
  }

  /** Every name that a package has or provides. */
  names(): Iterable<string> {
    return this.#providers.keys();
  }

  /** What stands for a name, best first: newest, then by its priority as a provider, then by repository. */
  providers(name: string): AlpineProvider[] {
    return (this.#providers.get(name) ?? []).toSorted(compareProviders);
  }

  /** Those that satisfy a dependency, best first. */
  candidates(dependency: AlpineDependency): AlpineProvider[] {
    return this.providers(dependency.name).filter(({ version }) => alpineVersionMatches(version, dependency));
  }

  /** Packages that come by themselves when others are there, in the order of their names, newest first. */
  installIf(): readonly AlpinePackage[] {
    if (!this.#sorted) {
      this.#installIf.sort((a, b) => compareText(a.name, b.name) || compareAlpineVersions(b.version, a.version));
      this.#sorted = true;
    }
    return this.#installIf;
  }
}

function isInstallable(one: AlpinePackage): boolean {
  try {
    return [one.depends, one.provides, one.installIf].every((list) => list !== undefined);
  } catch {
    return false;
  }
}

// apk-tools, `solver.c` compare_providers(). The order of the repositories is that in which they were added: sorting is stable.
function compareProviders(a: AlpineProvider, b: AlpineProvider): number {
  const named = a.version === undefined || b.version === undefined ? 0 : compareAlpineVersions(b.version, a.version);
  const same = a.package.name === b.package.name;
  return (
    named ||
    (same ? compareAlpineVersions(b.package.version, a.package.version) : 0) ||
    b.package.providerPriority - a.package.providerPriority
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
