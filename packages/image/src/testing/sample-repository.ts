// What the tests of copying share.
import { type Descriptor, mediaTypes, type Platform, parsePlatform } from '@lading/oci';
import { put, type Repository } from '@lading/store';
import { sampleImage } from '../internal/sample-image.ts';
import { writeManifest } from '../write-image.ts';
import { writeIndex } from '../write-index.ts';

export const arm64: Platform = parsePlatform('linux/arm64');
export const amd64: Platform = parsePlatform('linux/amd64');

/** A repository whose content does as the original, but for what is replaced. */
export function withContent(repository: Repository, replaced: Partial<Repository['content']>): Repository {
  return { ...repository, content: { ...repository.content, ...replaced } };
}

export async function multi(repository: Repository): Promise<{ index: Descriptor; images: Descriptor[] }> {
  const images = [
    await sampleImage(repository, { texts: ['base', 'one'] }),
    await sampleImage(repository, { texts: ['base', 'two'], platform: arm64 }),
    await sampleImage(repository, { texts: ['base', 'three'], platform: parsePlatform('linux/s390x') }),
  ];
  const index = await writeIndex(repository, { manifests: images });
  await repository.references.tag('multi', index);
  return { index, images };
}

export async function artifact(repository: Repository, subject: Descriptor, text: string): Promise<Descriptor> {
  const { mediaType, digest, size } = subject;
  return writeManifest(repository, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/x-sbom',
    config: await put(repository.content, Buffer.from('{}'), { mediaType: mediaTypes.ociEmpty }),
    layers: [await put(repository.content, Buffer.from(text), { mediaType: 'text/plain' })],
    subject: { mediaType, digest, size },
  });
}
