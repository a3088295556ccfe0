import type { Affected } from '../advisories/advisory-database.ts';
import { compareNatural } from './natural-order.ts';

/** One vulnerability, and every advisory that speaks of it for one package. */
export interface Vulnerability {
  /** The CVE where there is one. */
  readonly id: string;
  /** All other names, sorted. */
  readonly aliases: readonly string[];
  /** The id and the aliases as numbers of the database. */
  readonly names: readonly number[];
  readonly advisories: readonly Affected[];
}

/**
 * The vulnerabilities that advisories of one package speak of. Advisories whose names meet are about the same one (`GHSA-…` that is also
 * `CVE-…`, `PYSEC-…` that is also `GHSA-…`). Errata are different: an update mends several vulnerabilities, which stay apart; and where a
 * vulnerability has an advisory of its own, it alone decides, since an erratum tells only when the last of them was mended.
 */
export function vulnerabilitiesOf(advisories: readonly Affected[]): Vulnerability[] {
  const texts = textsOf(advisories);
  const textOf = (name: number): string => texts.get(name) ?? '';
  const errata = new Set(advisories.filter(({ names: [id = 0] }) => isErratum(textOf(id))));
  const sets = new Sets();
  for (const advisory of advisories) {
    if (errata.has(advisory)) continue;
    const [id = 0, ...aliases] = advisory.names;
    for (const alias of aliases) if (!isErratum(textOf(alias))) sets.join(id, alias);
  }

  const groups = new Map<number, { own: Affected[]; errata: Affected[] }>();
  const groupOf = (name: number): { own: Affected[]; errata: Affected[] } => {
    const key = sets.find(name);
    let group = groups.get(key);
    if (group === undefined) {
      group = { own: [], errata: [] };
      groups.set(key, group);
    }
    return group;
  };
  for (const advisory of advisories) if (!errata.has(advisory)) groupOf(advisory.names[0] ?? 0).own.push(advisory);
  for (const erratum of errata) for (const name of mendedBy(erratum, textOf)) groupOf(name).errata.push(erratum);

  return Array.from(groups, ([key, group]) => {
    const names = new Set<number>(group.own.length === 0 ? [key] : []);
    for (const advisory of group.own) for (const name of advisory.names) names.add(name);
    for (const erratum of group.errata) names.add(erratum.names[0] ?? 0);
    const sorted = [...names].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
    const id = shownId(sorted.map(textOf));
    const own = sorted.findIndex((name) => textOf(name) === id);
    sorted.unshift(...sorted.splice(own, 1));
    return {
      id,
      aliases: sorted.slice(1).map(textOf),
      names: sorted,
      advisories: group.own.length > 0 ? group.own : group.errata,
    };
  });
}

/** The names of advisories, each read once. */
function textsOf(advisories: readonly Affected[]): Map<number, string> {
  const texts = new Map<number, string>();
  for (const { id, aliases, names } of advisories)
    for (const [index, name] of names.entries()) texts.set(name, index === 0 ? id : (aliases[index - 1] ?? ''));
  return texts;
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
function mendedBy({ names }: Affected, textOf: (name: number) => string): readonly number[] {
  const [id = 0, ...aliases] = names;
  const cves = aliases.filter((name) => isCve(textOf(name)));
  if (cves.length > 0) return cves;
  const text = textOf(id);
  return /^\w+[BE]A-/.test(text) || /-RU-/.test(text) || /^D[LS]A-\d+-(?!1$)\d+$/.test(text) ? [] : [id];
}

/** The newest CVE: where a vulnerability has two, the older was often given up. */
function shownId(names: readonly string[]): string {
  const sorted = names.length > 1 ? names.toSorted(compareNatural) : names;
  return sorted.findLast(isCve) ?? sorted.find((name) => !isErratum(name)) ?? sorted[0] ?? '';
}

function isCve(name: string): boolean {
  return /^CVE-\d+-\d+$/.test(name);
}

/** Disjoint sets of names (union-find with path halving). */
class Sets {
  readonly #parents = new Map<number, number>();

  find(name: number): number {
    let at = name;
    for (;;) {
      const parent = this.#parents.get(at) ?? at;
      if (parent === at) return at;
      const above = this.#parents.get(parent) ?? parent;
      this.#parents.set(at, above);
      at = above;
    }
  }

  join(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    if (first !== second) this.#parents.set(second, first);
  }
}
