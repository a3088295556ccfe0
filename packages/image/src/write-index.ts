import type { Io } from '@lading/bytes';
import {
  type Annotations,
  type Descriptor,
  type ImageIndex,
  isConfigType,
  isImageManifestType,
  mediaTypes,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import { imageOf } from './image.ts';
import { type ImageFormat, mediaTypeIn } from './image-format.ts';
import { readManifest } from './manifest.ts';
import { writeManifest } from './write-image.ts';

export interface WriteIndexOptions extends Io {
  /** In the order in which they are listed. Of an image without a platform the platform is read from its config. */
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Annotations | undefined;
  /** `oci` unless told. The media types of the images stay what they are. */
  readonly format?: ImageFormat | undefined;
  readonly artifactType?: string | undefined;
  readonly subject?: Descriptor | undefined;
}

/** Writes and records an index over manifests of the repository. Equal options give equal bytes. */
export async function writeIndex(repository: Repository, options: WriteIndexOptions): Promise<Descriptor> {
  const { format = 'oci', artifactType, annotations, subject } = options;
  const oci = format === 'oci';
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypeIn(format, mediaTypes.ociIndex),
    ...(oci && artifactType !== undefined ? { artifactType } : {}),
    manifests: await Promise.all(options.manifests.map((descriptor) => withPlatform(repository, descriptor, options))),
    ...(oci && subject !== undefined ? { subject } : {}),
    ...(oci && annotations !== undefined ? { annotations } : {}),
  };
  return writeManifest(repository, index, options);
}

async function withPlatform(repository: Repository, descriptor: Descriptor, io: Io): Promise<Descriptor> {
  if (descriptor.platform !== undefined || !isImageManifestType(descriptor.mediaType)) return descriptor;
  const document = await readManifest(repository.content, descriptor, io);
  if (document.kind !== 'manifest' || !isConfigType(document.value.config.mediaType)) return descriptor;
  return { ...descriptor, platform: (await imageOf(repository, document, io)).platform };
}
