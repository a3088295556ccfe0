import type { Distribution, ImageFacts, ImageLayer, ImagePackage } from '@lading/facts';
import { type Digest, digestOf, isDigest } from '@lading/oci';
import type { Sbom } from './sbom.ts';

/** An SBOM as it was read. */
export interface ReadSbom extends Sbom {
  /** `CycloneDX 1.6`, for people. */
  readonly format: string;
  /** How many components are of no kind that Lading knows, or have no package URL: they cannot be matched with advisories. */
  readonly unknown: number;
}

export interface ReadFacts {
  readonly platform: string;
  readonly layers: readonly ImageLayer[];
  readonly distribution: Distribution | undefined;
  readonly packages: readonly ImagePackage[];
  readonly digest: string | undefined;
}

/** Facts of an image as far as a document tells them. */
export function factsOf({ platform, layers, distribution, packages, digest }: ReadFacts): ImageFacts {
  const unique = new Map(packages.map((found) => [`${found.purl}\0${found.location}`, found]));
  return {
    version: 0,
    digest: digest !== undefined && isDigest(digest) ? digest : unknownDigest,
    platform,
    ...(distribution === undefined ? {} : { distribution }),
    layers,
    packages: [...unique.values()].sort(byPurl),
    files: [],
    warnings: [],
  };
}

/** Of an SBOM that does not say which image it is about: the digest of nothing. */
const unknownDigest: Digest = digestOf('');

function byPurl(one: ImagePackage, other: ImagePackage): number {
  return compare(one.purl, other.purl) || compare(one.location, other.location);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one === other ? 0 : 1;
}
