import type { Distribution } from '@lading/facts';
import { compareNatural } from './natural-order.ts';

/**
 * The names under which advisories of an image's own distribution and release are kept (OSV schema §defined ecosystems), or why there are
 * none. A derivative is not its parent: it has versions of its own, so nothing follows from the parent's advisories.
 */
export type Release =
  | { readonly kind: 'known'; readonly name: string; readonly ecosystems: readonly string[] }
  | {
      readonly kind: 'unjudged';
      readonly reason: 'no-distribution' | 'rolling' | 'unknown-distribution' | 'unknown-release';
      readonly message: string;
    };

/** `ecosystems` are those that the database knows. */
export function releaseOf(distribution: Distribution | undefined, ecosystems: readonly string[]): Release {
  if (distribution === undefined) {
    return unjudged('no-distribution', 'The image has no os-release that says which distribution its packages are of');
  }
  const name = distribution.prettyName ?? [distribution.id, distribution.versionId].filter(Boolean).join(' ');
  const known = distributions.get(distribution.id);
  if (known === undefined) {
    return unjudged('unknown-distribution', `No advisories are known for packages of ${name}`);
  }
  const wanted = known.ecosystemOf(distribution);
  if (wanted === undefined) {
    return unjudged('rolling', `${name} has no release that advisories could be about: it changes every day`);
  }
  const found = ecosystems.filter((ecosystem) => matches(ecosystem, wanted));
  if (found.length > 0) return { kind: 'known', name, ecosystems: found };
  const others = ecosystems.filter(
    (ecosystem) => ecosystem === known.family || ecosystem.startsWith(`${known.family}:`),
  );
  const why =
    others.length === 0
      ? `The database has no advisories of ${known.family}`
      : `The database has no advisories for ${name}, but for ${few(others.toSorted(compareNatural))}: its support may have ended, or the database be older`;
  return unjudged('unknown-release', why);
}

/** The first and last of many. */
function few(names: readonly string[]): string {
  return names.length > 5 ? `${names[0]} to ${names.at(-1)}` : names.join(', ');
}

interface KnownDistribution {
  /** The first part of its ecosystems' names. */
  readonly family: string;
  /** Undefined for what has no release. Ends with `*` where what follows does not matter. */
  readonly ecosystemOf: (distribution: Distribution) => string | undefined;
}

const byMajor = (family: string): KnownDistribution => ({
  family,
  ecosystemOf: ({ versionId }) => (versionId === undefined ? undefined : `${family}:${versionId.split('.')[0]}`),
});
const byVersion = (family: string): KnownDistribution => ({
  family,
  ecosystemOf: ({ versionId }) => (versionId === undefined ? undefined : `${family}:${versionId}`),
});
const rolling = (family: string): KnownDistribution => ({ family, ecosystemOf: () => family });

/** By the ID of os-release(5). */
const distributions: ReadonlyMap<string, KnownDistribution> = new Map<string, KnownDistribution>([
  // Testing and unstable have no VERSION_ID.
  ['debian', byMajor('Debian')],
  ['alpine', { family: 'Alpine', ecosystemOf: alpineEcosystem }],
  ['ubuntu', { family: 'Ubuntu', ecosystemOf: ubuntuEcosystem }],
  ['almalinux', byMajor('AlmaLinux')],
  ['rocky', byMajor('Rocky Linux')],
  ['rhel', { family: 'Red Hat', ecosystemOf: redHatEcosystem }],
  ['wolfi', rolling('Wolfi')],
  ['chainguard', rolling('Chainguard')],
  ['minimos', rolling('MinimOS')],
  ['opensuse-leap', { family: 'openSUSE', ecosystemOf: ({ versionId }) => versionId && `openSUSE:Leap ${versionId}` }],
  ['mageia', byVersion('Mageia')],
  ['photon', byVersion('Photon OS')],
  ['azurelinux', byMajor('Azure Linux')],
]);

/** Edge says `3.20_alpha20231219`: what 3.20 will be. Its advisories are those of `edge`, where there are any. */
function alpineEcosystem({ versionId }: Distribution): string | undefined {
  if (versionId === undefined) return undefined;
  const release = /^(\d+\.\d+)(?:\.\d+)*$/.exec(versionId)?.[1];
  return release === undefined ? 'Alpine:edge' : `Alpine:v${release}`;
}

/** Every second April's is supported for long, which its ecosystem's name says. */
function ubuntuEcosystem({ versionId }: Distribution): string | undefined {
  const [year, month] = versionId?.split('.') ?? [];
  if (year === undefined) return undefined;
  return `Ubuntu:${year}.${month}${Number(year) % 2 === 0 && month === '04' ? ':LTS' : ''}`;
}

/** Red Hat's are named by CPE: `Red Hat:enterprise_linux:9::baseos`. */
function redHatEcosystem({ versionId }: Distribution): string | undefined {
  const major = versionId?.split('.')[0];
  return major && `Red Hat:enterprise_linux:${major}::*`;
}

function matches(ecosystem: string, wanted: string): boolean {
  return wanted.endsWith('*') ? ecosystem.startsWith(wanted.slice(0, -1)) : ecosystem === wanted;
}

function unjudged(reason: Extract<Release, { kind: 'unjudged' }>['reason'], message: string): Release {
  return { kind: 'unjudged', reason, message };
}
