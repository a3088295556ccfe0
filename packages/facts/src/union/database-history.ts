import type { FoundPackage } from '../package.ts';
import type { FactFile } from './fact-file.ts';

/**
 * Since which layer a package of a distribution is installed. Whoever installs one more package writes the whole database again: the layer
 * that brought a package is the lowest from which on every version of the database has it, with the same version and architecture.
 */
export class DatabaseHistory {
  readonly #versions: Map<FactFile, Map<string, number>> = new Map();

  /** For each package of each version of a database, the lowest first. */
  since(database: FactFile, { type, name, version, architecture = '' }: FoundPackage): number {
    const own = this.#versions.get(database) ?? new Map<string, number>();
    this.#versions.set(database, own);
    const key = [type, name, version, architecture].join('\0');
    const before = database.replaces && this.#versions.get(database.replaces)?.get(key);
    const since = before ?? database.layer;
    own.set(key, since);
    return since;
  }
}
