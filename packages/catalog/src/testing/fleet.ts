import type { ImageFacts, ImagePackage, ImageSecret } from '@lading/facts';
import { type Descriptor, type Digest, descriptorOf, digestOf, encodeJson, mediaTypes } from '@lading/oci';
import type { Catalog } from '../catalog.ts';
import { imageContents, recordContents } from '../fleet/record-contents.ts';

/** Records a manifest that is nothing but its name, and tags it. */
export async function pushed(catalog: Catalog, repository: string, tag: string, name: string): Promise<Descriptor> {
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 };
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [],
    annotations: { name },
  });
  const descriptor = descriptorOf(bytes, mediaTypes.ociManifest);
  const references = catalog.references(repository);
  await references.record(descriptor, bytes);
  await references.tag(tag, descriptor);
  return descriptor;
}

/** A package as catalogers find it. */
export function found(
  type: ImagePackage['type'],
  name: string,
  version: string,
  more: Partial<ImagePackage> = {},
): ImagePackage {
  return { type, name, version, location: `${type}/${name}`, cataloger: type, purl: '', layer: 0, ...more };
}

/** Facts of an image of Debian 12 whose layers have these names. */
export function factsOf(
  digest: Digest,
  layers: readonly string[],
  packages: readonly ImagePackage[],
  more: Partial<ImageFacts> = {},
): ImageFacts {
  return {
    version: 1,
    digest,
    platform: 'linux/amd64',
    distribution: { id: 'debian', versionId: '12' },
    layers: layers.map((name) => ({ digest: digestOf(name), diffId: digestOf(name), size: 1 })),
    packages,
    files: [],
    warnings: [],
    ...more,
  };
}

/** An image in a repository, and what it contains. */
export async function stored(
  catalog: Catalog,
  [repository, tag]: readonly [string, string],
  layers: readonly string[],
  packages: readonly ImagePackage[],
  secrets: readonly ImageSecret[] = [],
): Promise<Digest> {
  const { digest } = await pushed(catalog, repository, tag, `${repository}:${tag}`);
  await contain(catalog, factsOf(digest, layers, packages, { secrets }));
  return digest;
}

/** Makes known what an image contains. */
export async function contain(catalog: Catalog, facts: ImageFacts): Promise<void> {
  await catalog.database.transaction((statements) => recordContents(statements, imageContents(facts)));
}
