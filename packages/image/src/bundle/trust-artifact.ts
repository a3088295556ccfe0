import { LadingError } from '@lading/errors';
import {
  annotationKeys,
  type Descriptor,
  descriptorOf,
  emptyDescriptor,
  encodeJson,
  type Manifest,
  mediaTypes,
} from '@lading/oci';
import type { CopiedContent } from '../copy/copy-run.ts';
import { type TrustFile, trustArtifactType } from './trust-file.ts';

/** Trust material as an artifact about an image. */
export interface TrustArtifact {
  readonly descriptor: Descriptor;
  /** The manifest and what it points to. */
  readonly blobs: readonly CopiedContent[];
}

/** The same files in any order make the same artifact. Throws USAGE for two files of one name. */
export function trustArtifact({ mediaType, digest, size }: Descriptor, files: readonly TrustFile[]): TrustArtifact {
  const byName = new Map(files.map((file) => [file.name, file]));
  if (byName.size < files.length) {
    throw new LadingError('USAGE', 'Cannot take two trust files of one name', {
      hint: 'Give one of them another name.',
    });
  }
  const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const layers = sorted.map(({ name, mediaType, bytes }) => ({
    bytes,
    descriptor: descriptorOf(bytes, mediaType, { annotations: { [annotationKeys.title]: name } }),
  }));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: trustArtifactType,
    config: emptyDescriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    subject: { mediaType, digest, size },
  };
  const bytes = encodeJson(manifest);
  const descriptor = descriptorOf(bytes, mediaTypes.ociManifest, { artifactType: trustArtifactType });
  return {
    descriptor,
    blobs: [{ descriptor, bytes }, { descriptor: emptyDescriptor, bytes: Buffer.from('{}') }, ...layers].map(
      ({ descriptor, bytes }) => ({ descriptor, from: bytes }),
    ),
  };
}
