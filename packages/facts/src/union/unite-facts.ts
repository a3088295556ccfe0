import { compareNames } from '@lading/tar';
import type { ImageFacts, ImageLayer, ImagePackage } from '../image-facts.ts';
import type { FoundOwner, LayerFacts } from '../layer-facts.ts';
import type { Distribution, FoundPackage } from '../package.ts';
import type { ImageSecret } from '../secret.ts';
import { DatabaseHistory } from './database-history.ts';
import { type Standing, standingsIn } from './live-facts.ts';
import { packageUrlOf } from './package-url-of.ts';

/** What the layers do not say of their image. */
export interface UnitedImage extends Pick<ImageFacts, 'version' | 'digest' | 'platform'> {
  /** One for each of the layers that are united, in the same order. */
  readonly layers: readonly ImageLayer[];
  /** What its configuration gives away. */
  readonly configSecrets?: readonly ImageSecret[] | undefined;
}

/**
 * The facts of an image from those of its layers, the lowest first. A fact counts while its file can be seen: no layer above has a whiteout
 * for it or a folder it is in, an opaque folder around it, another entry at its path, or something that is no folder on the way to it.
 * Secrets are kept then, too, with the layer that hid their file. Equal facts give equal results.
 */
export function uniteFacts(layers: readonly LayerFacts[], image: UnitedImage): ImageFacts {
  const standing = standingsIn(layers);
  const live = <T>(facts: (layer: LayerFacts) => readonly T[], locate: (fact: T) => string): Live<T>[] =>
    layers.flatMap((layer, at) =>
      facts(layer).flatMap((fact) => {
        const { file, location } = standing(at, locate(fact));
        return location === undefined ? [] : [{ fact, file, location, layer: at }];
      }),
    );
  const located = ({ location }: { readonly location: string }): string => location;

  const distribution = chooseDistribution(live(({ distributions }) => distributions, located));
  const licenses = new Map<string, Set<string>>();
  for (const { fact } of live((layer) => layer.licenses, located)) {
    const known = licenses.get(keyOf(fact)) ?? new Set();
    licenses.set(keyOf(fact), new Set([...known, ...fact.licenses]));
  }
  const found = livePackages(layers, standing);
  const ownerOf = ownersAmong(layers, found);
  const packages = found.map(({ fact, location, layer }): ImagePackage => {
    const joined = fact.licenses ?? sorted(licenses.get(keyOf(fact)));
    const owner = ownerOf(fact, location);
    return {
      ...fact,
      ...(joined && { licenses: joined }),
      location,
      purl: packageUrlOf(fact, distribution),
      layer,
      ...(owner && { owner: { type: owner.type, name: owner.name } }),
    };
  });

  return {
    version: image.version,
    digest: image.digest,
    platform: image.platform,
    ...(distribution && { distribution }),
    layers: image.layers,
    packages: withoutCopies(packages),
    ...(layers.every(({ secrets }) => secrets !== undefined) && {
      secrets: [...(image.configSecrets ?? []), ...secretsAmong(layers, standing)],
    }),
    files: live(
      (layer) => layer.files,
      ({ path }) => path,
    ).map(({ fact, location, layer }) => ({ ...fact, path: location, layer })),
    warnings: layers.flatMap(({ warnings }) => warnings),
  };
}

interface Live<T> extends Standing {
  readonly fact: T;
  readonly location: string;
  readonly layer: number;
}

/** What is seen of packages, each with the layer that brought it. */
function livePackages(
  layers: readonly LayerFacts[],
  standing: (layer: number, location: string) => Standing,
): readonly Live<FoundPackage>[] {
  const history = new DatabaseHistory();
  return layers.flatMap((facts, layer) =>
    facts.packages.flatMap((fact): Live<FoundPackage>[] => {
      const { file, location } = standing(layer, fact.location);
      const since = isOfDistribution(fact) ? history.since(file, fact) : layer;
      return location === undefined ? [] : [{ fact, file, location, layer: since }];
    }),
  );
}

function isOfDistribution({ type }: Pick<FoundPackage, 'type'>): boolean {
  return type === 'deb' || type === 'apk' || type === 'rpm';
}

function keyOf({ type, name }: Pick<FoundPackage, 'type' | 'name'>): string {
  return `${type}/${name}`;
}

function sorted(names: ReadonlySet<string> | undefined): readonly string[] | undefined {
  return names && [...names].sort(compareNames);
}

/** Of files that belong to packages of the distribution that are still installed, by path; what a layer above says wins. */
function ownersAmong(
  layers: readonly LayerFacts[],
  found: readonly Live<FoundPackage>[],
): (fact: FoundPackage, location: string) => FoundOwner | undefined {
  const installed = new Set(found.filter(({ fact }) => isOfDistribution(fact)).map(({ fact }) => keyOf(fact)));
  const byPath = new Map<string, FoundOwner>();
  for (const { owners } of layers) for (const owner of owners) byPath.set(owner.path, owner);
  return (fact, location) => {
    if (isOfDistribution(fact)) return undefined;
    const owner = byPath.get(location) ?? byPath.get(location.split('!/', 1)[0] ?? '');
    return owner !== undefined && installed.has(keyOf(owner)) ? owner : undefined;
  };
}

/** os-release(5): `/etc/os-release` comes first, the vendor's copy if there is none. */
const distributionFiles = ['etc/os-release', 'usr/lib/os-release'];

function chooseDistribution(found: readonly Live<{ readonly distribution: Distribution }>[]): Distribution | undefined {
  const rank = ({ location }: Standing): number => {
    const at = distributionFiles.indexOf(location ?? '');
    return at === -1 ? distributionFiles.length : at;
  };
  return found.toSorted((a, b) => rank(a) - rank(b))[0]?.fact.distribution;
}

function secretsAmong(
  layers: readonly LayerFacts[],
  standing: (layer: number, location: string) => Standing,
): readonly ImageSecret[] {
  return layers.flatMap(({ secrets = [] }, layer) =>
    secrets.map((secret): ImageSecret => {
      const { file, location } = standing(layer, secret.location);
      const { hiddenBy } = file;
      if (location !== undefined || hiddenBy === undefined) {
        return { ...secret, location: location ?? secret.location, place: 'file', layer };
      }
      return { ...secret, place: 'file', layer, hiddenBy };
    }),
  );
}

/** Sorted by purl, then location, each once: catalogers may find the same in the same file. */
function withoutCopies(packages: readonly ImagePackage[]): readonly ImagePackage[] {
  const byKey = new Map<string, ImagePackage>();
  for (const found of packages) {
    const key = `${found.purl}\0${found.location}`;
    if (!byKey.has(key)) byKey.set(key, found);
  }
  return [...byKey.values()].sort((a, b) => compareNames(a.purl, b.purl) || compareNames(a.location, b.location));
}
