import { type Descriptor, emptyDescriptor, mediaTypes } from '@lading/oci';
import { put, type Repository } from '@lading/store';
import { writeManifest } from '../write-image.ts';

/** A small artifact for tests of this package: one layer of this text; with a subject a referrer. */
export async function sampleArtifact(
  repository: Repository,
  text: string,
  options: { readonly artifactType?: string; readonly subject?: Descriptor } = {},
): Promise<Descriptor> {
  const { artifactType = 'application/x-sbom', subject } = options;
  await put(repository.content, Buffer.from('{}'), emptyDescriptor);
  const layer = await put(repository.content, Buffer.from(text), { mediaType: 'text/plain' });
  return writeManifest(repository, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: emptyDescriptor,
    layers: [layer],
    ...(subject === undefined
      ? {}
      : { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
  });
}
