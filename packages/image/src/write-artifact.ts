import type { Io } from '@lading/bytes';
import { type Annotations, type Descriptor, descriptorOf, emptyDescriptor, mediaTypes } from '@lading/oci';
import { put, type Repository } from '@lading/store';
import { writeManifest } from './write-image.ts';

/** A blob of an artifact. */
export interface ArtifactPart {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** On its descriptor. */
  readonly annotations?: Annotations | undefined;
}

export interface WriteArtifactOptions extends Io {
  readonly artifactType: string;
  readonly parts: readonly ArtifactPart[];
  /** What it is about: it is found as a referrer of that. */
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Annotations | undefined;
}

/**
 * Writes and records a manifest that is no image: an empty config, an artifactType, small parts (OCI image-spec 1.1 §guidelines for artifact
 * usage). Equal options give equal bytes.
 */
export async function writeArtifact(repository: Repository, options: WriteArtifactOptions): Promise<Descriptor> {
  const { artifactType, parts, subject, annotations } = options;
  await put(repository.content, Buffer.from('{}'), emptyDescriptor, options);
  const layers: Descriptor[] = [];
  for (const { mediaType, bytes, annotations: own } of parts) {
    const layer = descriptorOf(bytes, mediaType, own === undefined ? {} : { annotations: own });
    await put(repository.content, bytes, layer, options);
    layers.push(layer);
  }
  return writeManifest(
    repository,
    {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType,
      config: { ...emptyDescriptor },
      layers,
      ...(subject === undefined
        ? {}
        : { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    options,
  );
}
