import { compareVersions } from '@lading/distro';
import type { Finding, FixState, ImageFacts, ImagePackage } from '@lading/facts';
import type { AdvisoryDatabase, AdvisoryRating, Affected } from '../advisories/advisory-database.ts';
import type { Vulnerable } from '../advisories/advisory-record.ts';
import { adviceFor } from './advice.ts';
import { type AdvisedPackage, advisedByDistribution, advisedByRegistry, isVersion } from './advised-package.ts';
import { type CompareVersions, isAffected, lowestFix, withKnownEnds } from './affected-versions.ts';
import { isKernelByProduct } from './kernel-headers.ts';
import { isSureMainVersion } from './main-version.ts';
import { isOfStream, streamOf } from './module-stream.ts';
import { compareFindings } from './order.ts';
import { isOwnPackage } from './own-package.ts';
import { rate } from './rating.ts';
import { type Release, releaseOf } from './release-ecosystems.ts';
import { type Unjudged, UnjudgedPackages } from './unjudged.ts';
import { vulnerabilitiesOf } from './vulnerabilities.ts';

export interface FindOptions {
  /** Judge what a package of the distribution brought, such as its Python modules, by its language's advisories too. */
  readonly includeOwned?: boolean | undefined;
  /** Judge kernel headers and tools as if they were the kernel. */
  readonly includeKernelHeaders?: boolean | undefined;
}

export interface Vulnerabilities {
  /** The most pressing first. */
  readonly findings: readonly Finding[];
  readonly unjudged: readonly Unjudged[];
}

/**
 * What advisories say of an image's packages. Pure: it reads no layer. Packages of a distribution are judged by the advisories of exactly its
 * release, by source package, in the distribution's order of versions, so that backported fixes count; all others by their registry's.
 * A vulnerability is one finding for one package, under whatever names it is known and in however many places the package lies. Findings have
 * no titles and references yet: `describeFindings()` adds them for reports.
 */
export function findVulnerabilities(
  facts: ImageFacts,
  database: AdvisoryDatabase,
  options: FindOptions = {},
): Vulnerabilities {
  const matching = new Matching(facts, database, options);
  const findings = byPackage(facts.packages).flatMap((places) => matching.findingsOf(places));
  return { findings: findings.sort(compareFindings), unjudged: matching.unjudged.list() };
}

/** The same package in several places, by purl. */
function byPackage(packages: readonly ImagePackage[]): ImagePackage[][] {
  const groups = new Map<string, ImagePackage[]>();
  for (const found of packages) {
    // The same version may be owned by the distribution in one place and not in another.
    const key = `${found.purl} ${found.owner?.name ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [found]);
    else group.push(found);
  }
  return [...groups.values()];
}

/** What a finding says whichever package of the same source it is of. */
type Verdict = Omit<Finding, 'package' | 'places' | 'advice' | 'suppressed'>;

class Matching {
  readonly unjudged: UnjudgedPackages = new UnjudgedPackages();
  readonly #facts: ImageFacts;
  readonly #database: AdvisoryDatabase;
  readonly #options: FindOptions;
  readonly #release: Release;
  /** Packages of the package manager that are the distribution's own, and so judged by it: `deb python3`. */
  readonly #judged = new Set<string>();
  /** By ecosystem, name and version: the binary packages of one source share them. */
  readonly #verdicts = new Map<string, readonly Verdict[]>();

  constructor(facts: ImageFacts, database: AdvisoryDatabase, options: FindOptions) {
    this.#facts = facts;
    this.#database = database;
    this.#options = options;
    this.#release = releaseOf(facts.distribution, database.ecosystems);
    if (this.#release.kind === 'unjudged') return;
    for (const found of facts.packages) {
      if (isSystemPackage(found) && this.#isOwn(found)) this.#judged.add(`${found.type} ${found.name}`);
    }
  }

  findingsOf(places: readonly ImagePackage[]): Finding[] {
    const [found] = places;
    if (found === undefined) return [];
    const verdicts = this.#advised(found).flatMap((advised) => this.#verdictsOf(advised, found));
    if (verdicts.length === 0) return [];
    const at = places.map(({ location, layer }) => ({ location, layer }));
    return verdicts.map((verdict) => ({
      ...verdict,
      package: found,
      places: at,
      advice: adviceFor(verdict, found, this.#facts),
    }));
  }

  /** Under which names a package is looked up; none when it is not judged, which is noted. */
  #advised(found: ImagePackage): AdvisedPackage[] {
    const { purl } = found;
    if (isSystemPackage(found)) return this.#advisedBySystem(found);
    const owner = found.owner;
    if (owner !== undefined && !this.#options.includeOwned && this.#judged.has(`${owner.type} ${owner.name}`)) {
      this.unjudged.add('owned', 'Belong to packages of the distribution, whose advisories judge them', purl);
      return [];
    }
    const advised = advisedByRegistry(found);
    if (advised === undefined) {
      this.unjudged.add('no-advisories', `No advisories are known for packages of type ${found.type}`, purl);
      return [];
    }
    if (found.role === 'main' && !isSureMainVersion(found.version)) {
      this.unjudged.add('main-version', 'Are programs whose own version is not certain', purl);
      return [];
    }
    return this.#readable(advised, purl) ? [advised] : [];
  }

  #advisedBySystem(found: ImagePackage): AdvisedPackage[] {
    if (this.#release.kind === 'unjudged') {
      this.unjudged.add(this.#release.reason, this.#release.message, found.purl);
      return [];
    }
    if (!this.#judged.has(`${found.type} ${found.name}`)) {
      const message = `Are not packages of ${this.#release.name}, whose advisories say nothing of them`;
      this.unjudged.add('third-party', message, found.purl);
      return [];
    }
    if (!this.#options.includeKernelHeaders && isKernelByProduct(found)) {
      this.unjudged.add('kernel-headers', 'Are made from the kernel, but are no kernel', found.purl);
      return [];
    }
    return this.#release.ecosystems.flatMap((ecosystem) => {
      const advised = advisedByDistribution(found, ecosystem);
      return advised !== undefined && this.#readable(advised, found.purl) ? [advised] : [];
    });
  }

  #isOwn(found: ImagePackage): boolean {
    return this.#facts.distribution !== undefined && isOwnPackage(found, this.#facts.distribution);
  }

  #readable({ order, version }: AdvisedPackage, purl: string): boolean {
    if (isVersion(order, version)) return true;
    this.unjudged.add('version', 'Have versions that cannot be compared with those of advisories', purl);
    return false;
  }

  #verdictsOf(advised: AdvisedPackage, found: ImagePackage): readonly Verdict[] {
    const stream = streamOf(found);
    const key = [advised.ecosystem, advised.name, advised.version, stream].join('\n');
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const affected = this.#database
      .affected(advised.ecosystem, advised.name)
      .filter((one) => isOfStream(advised, stream, one));
    const verdicts = judge(advised, affected, this.#database);
    this.#verdicts.set(key, verdicts);
    return verdicts;
  }
}

function isSystemPackage({ type }: ImagePackage): boolean {
  return type === 'deb' || type === 'apk' || type === 'rpm';
}

function judge(advised: AdvisedPackage, affected: readonly Affected[], database: AdvisoryDatabase): Verdict[] {
  const { ecosystem, name, version } = advised;
  const compare = comparing(advised);
  const verdicts: Verdict[] = [];
  const affectingAny = affected.filter((one) => isAffected(version, one, compare));
  if (affectingAny.length === 0) return verdicts;
  for (const { id, aliases, names, advisories: all } of vulnerabilitiesOf(relatedTo(affectingAny, affected))) {
    const advisories = withKnownEnds(all, compare);
    const affecting = advisories.filter((one) => isAffected(version, one, compare));
    if (affecting.length === 0) continue;
    const fixedVersion = lowestFix(version, advisories, compare);
    const ratings = ratingsOf([...names.slice(0, 1), ...all.flatMap((one) => one.names[0] ?? []), ...names], database);
    verdicts.push({
      id,
      aliases,
      affected: { ecosystem, name, version },
      ...rate(ecosystem, affecting, ratings),
      fix: fixState(affecting, fixedVersion),
      fixedVersion,
      // Texts are many and cost time: see describeFindings().
      references: [],
      published: earliest(ratings),
      epss: ratings.find(({ epss }) => epss !== undefined)?.epss,
      kev: ratings.some(({ kev }) => kev === true) || undefined,
    });
  }
  return verdicts;
}

/** The order of a package's ecosystem. Many advisories name the same fix: the installed version is compared with each version once. */
function comparing({ order, version }: AdvisedPackage): CompareVersions {
  const known = new Map<string, number>();
  return (a, b) => {
    if (a !== version) return compareVersions(order, a, b);
    let result = known.get(b);
    if (result === undefined) {
      result = compareVersions(order, a, b);
      known.set(b, result);
    }
    return result;
  };
}

/** Of all records that are named, each once, the first named first. */
function ratingsOf(names: readonly number[], database: AdvisoryDatabase): AdvisoryRating[] {
  return [...new Set(names)].flatMap((name) => database.rating(name) ?? []);
}

function earliest(ratings: readonly AdvisoryRating[]): string | undefined {
  let first: string | undefined;
  for (const { published } of ratings)
    if (published !== undefined && (first === undefined || published < first)) first = published;
  return first;
}

/**
 * Advisories that share a name with some of them, in one or several steps. Of the hundreds that speak of a package few concern its version;
 * the others need not be grouped.
 */
function relatedTo(some: readonly Affected[], all: readonly Affected[]): readonly Affected[] {
  if (some.length === all.length) return some;
  const names = new Set(some.flatMap((one) => one.names));
  for (;;) {
    const before = names.size;
    const related = all.filter((one) => one.names.some((name) => names.has(name)));
    for (const one of related) for (const name of one.names) names.add(name);
    if (names.size === before) return related;
  }
}

function fixState(affecting: readonly Vulnerable[], fixedVersion: string | undefined): FixState {
  if (fixedVersion !== undefined) return 'fixed';
  if (affecting.some(({ willNotFix }) => willNotFix)) return 'will-not-fix';
  // The last affected version is known, so there is a later one; which, nobody wrote down.
  return affecting.some(({ ranges }) => ranges.some(({ lastAffected }) => lastAffected !== undefined))
    ? 'unknown'
    : 'not-fixed';
}
