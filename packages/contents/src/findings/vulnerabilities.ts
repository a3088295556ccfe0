import type { Affected } from '../advisories/advisory-database.ts';

/** One vulnerability, and every advisory that speaks of it for one package. */
export interface Vulnerability {
  /** The CVE where there is one. */
  readonly id: string;
  /** All other names, sorted. */
  readonly aliases: readonly string[];
  readonly advisories: readonly Affected[];
}

/**
 * The vulnerabilities that advisories of one package speak of. Advisories whose names meet are about the same one (`GHSA-…` that is also
 * `CVE-…`, `PYSEC-…` that is also `GHSA-…`). Errata are different: an update mends several vulnerabilities, which stay apart; and where a
 * vulnerability has an advisory of its own, it alone decides, since an erratum tells only when the last of them was mended.
 */
export function vulnerabilitiesOf(advisories: readonly Affected[]): Vulnerability[] {
  const own = advisories.filter(({ id }) => !isErratum(id));
  const errata = advisories.filter(({ id }) => isErratum(id));
  const sets = new Sets();
  for (const { id, aliases } of own) for (const alias of aliases) if (!isErratum(alias)) sets.join(id, alias);

  const groups = new Map<string, { own: Affected[]; errata: Affected[] }>();
  const groupOf = (name: string): { own: Affected[]; errata: Affected[] } => {
    const key = sets.find(name);
    const group = groups.get(key) ?? { own: [], errata: [] };
    groups.set(key, group);
    return group;
  };
  for (const advisory of own) groupOf(advisory.id).own.push(advisory);
  for (const erratum of errata) for (const name of mendedBy(erratum)) groupOf(name).errata.push(erratum);

  return [...groups].map(([key, group]) => {
    const names = new Set<string>(group.own.length === 0 ? [key] : []);
    for (const { id, aliases } of group.own) for (const name of [id, ...aliases]) names.add(name);
    for (const { id } of group.errata) names.add(id);
    const id = shownId(names);
    names.delete(id);
    return { id, aliases: [...names].sort(), advisories: group.own.length > 0 ? group.own : group.errata };
  });
}

/** An announcement of an update, by the prefix of its id: it may mend many vulnerabilities, or none. */
export function isErratum(id: string): boolean {
  return /^(?:DSA|DLA|DTSA|ALSA|ALBA|ALEA|RHSA|RHBA|RHEA|RLSA|RLBA|RLEA|RXSA|USN|ELSA|ELBA|ALAS\d*|MGASA|(?:open)?SUSE-[SR]U)-/i.test(
    id,
  );
}

/**
 * Errata that mend bugs or bring features are no findings, unless they name vulnerabilities too; nor are those of Debian that come after the
 * first of their number, which mend what the first broke.
 */
function mendedBy({ id, aliases }: Affected): readonly string[] {
  const cves = aliases.filter(isCve);
  if (cves.length > 0) return cves;
  return /^\w+[BE]A-/.test(id) || /-RU-/.test(id) || /^D[LS]A-\d+-(?!1$)\d+$/.test(id) ? [] : [id];
}

/** The newest CVE: where a vulnerability has two, the older was often given up. */
function shownId(names: ReadonlySet<string>): string {
  const sorted = [...names].sort(byNumber);
  return sorted.findLast(isCve) ?? sorted.find((name) => !isErratum(name)) ?? sorted[0] ?? '';
}

function isCve(name: string): boolean {
  return /^CVE-\d+-\d+$/.test(name);
}

const byNumber = new Intl.Collator('en', { numeric: true }).compare;

/** Disjoint sets of names (union-find with path halving). */
class Sets {
  readonly #parents = new Map<string, string>();

  find(name: string): string {
    let at = name;
    for (;;) {
      const parent = this.#parents.get(at) ?? at;
      if (parent === at) return at;
      const above = this.#parents.get(parent) ?? parent;
      this.#parents.set(at, above);
      at = above;
    }
  }

  join(a: string, b: string): void {
    const [first, second] = [this.find(a), this.find(b)];
    if (first !== second) this.#parents.set(second, first);
  }
}
