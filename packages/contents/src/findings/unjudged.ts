/** Packages that no advisory was asked about, and why: what is not judged is not safe. */
export interface Unjudged {
  readonly reason:
    | 'no-distribution'
    | 'rolling'
    | 'unknown-distribution'
    | 'unknown-release'
    | 'third-party'
    | 'kernel-headers'
    | 'owned'
    | 'main-version'
    | 'version'
    | 'no-advisories';
  /** A sentence without a full stop. */
  readonly message: string;
  /** Package URLs, sorted. */
  readonly packages: readonly string[];
}

/** Whether someone may be misled by a report without it. The others are what most would call noise. */
export function isAlarming({ reason }: Unjudged): boolean {
  return !['kernel-headers', 'owned', 'main-version', 'no-advisories'].includes(reason);
}

/** Gathers packages by reason. */
export class UnjudgedPackages {
  readonly #entries = new Map<string, { reason: Unjudged['reason']; message: string; packages: Set<string> }>();

  add(reason: Unjudged['reason'], message: string, purl: string): void {
    const key = `${reason} ${message}`;
    const entry = this.#entries.get(key) ?? { reason, message, packages: new Set() };
    entry.packages.add(purl);
    this.#entries.set(key, entry);
  }

  list(): Unjudged[] {
    return [...this.#entries.values()].map(({ packages, ...entry }) => ({ ...entry, packages: [...packages].sort() }));
  }
}
