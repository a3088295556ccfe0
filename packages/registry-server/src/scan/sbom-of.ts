import { factsVersion, type SbomFormat, writeSbom } from '@lading/contents';
import type { ImageFacts } from '@lading/facts';
import { openImage } from '@lading/image';
import type { Digest } from '@lading/oci';
import type { Registry } from '../exchange.ts';
import { openRegistryFacts } from './registry-facts.ts';

/** Of the SBOMs that the registry makes. */
export const sbomFormat: SbomFormat = 'cyclonedx-1.6';

export interface SbomOptions {
  /** As clients name the repository. */
  readonly name: string;
  /** Of the image's config. */
  readonly created: string | undefined;
  /** Of the program. */
  readonly version: string;
}

/** The document of an image from its facts. Equal facts and options give equal bytes. */
export function imageSbom(facts: ImageFacts, { name, created, version }: SbomOptions): Uint8Array {
  return writeSbom(
    { subject: { name, digest: facts.digest }, facts },
    { format: sbomFormat, created: created ?? new Date(0).toISOString(), toolVersion: version },
  );
}

/** The name under which clients find a repository, where the configuration says how they reach the registry. */
export function repositoryName(url: string | undefined, name: string): string {
  return url === undefined ? name : `${new URL(url).host}/${name}`;
}

/** The same document as is attached, from the facts that are kept; undefined where they are not. */
export async function sbomOf(
  { content, catalog, origin, about }: Pick<Registry, 'content' | 'catalog' | 'origin' | 'about'>,
  repository: string,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  const facts = await openRegistryFacts({ content, catalog }).findImage(digest, factsVersion);
  if (facts === undefined) return undefined;
  const references = catalog.references(repository);
  const { config } = await openImage({ name: repository, content, references }, digest);
  const name = repositoryName(origin.url, repository);
  return imageSbom(facts, { name, created: config.created, version: about.version });
}
