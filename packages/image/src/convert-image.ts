import type { Io } from '@lading/bytes';
import { type Descriptor, isManifestType, type ManifestDocument, mediaTypes } from '@lading/oci';
import type { Repository } from '@lading/store';
import { descriptorIn, type ImageFormat, mediaTypeIn } from './image-format.ts';
import { openManifest, readManifest, type Source } from './manifest.ts';
import { writeManifest } from './write-image.ts';

/**
 * Writes an image, or an index with its images, in the terms of the other world. Config and layers stay as they are, so the image ID and
 * the layers' digests do too; manifests get new digests. What is in the format already is left alone. Docker's manifests have no
 * annotations and no subject: they are dropped on the way there. Throws IMAGE_INVALID for content that Docker has no name for.
 */
export async function convertImage(
  repository: Repository,
  source: Source,
  options: Io & { readonly format: ImageFormat },
): Promise<Descriptor> {
  return convert(repository, await openManifest(repository, source, options), options);
}

async function convert(
  repository: Repository,
  document: ManifestDocument,
  options: Io & { readonly format: ImageFormat },
): Promise<Descriptor> {
  const { format } = options;
  const mediaType = mediaTypeIn(format, document.mediaType);
  const { schemaVersion, artifactType, subject, annotations } = document.value;
  const rest = {
    ...(format === 'oci' && subject !== undefined ? { subject } : {}),
    ...(format === 'oci' && annotations !== undefined ? { annotations } : {}),
  };
  const head = {
    schemaVersion,
    mediaType,
    ...(format === 'oci' && artifactType !== undefined ? { artifactType } : {}),
  };
  if (document.kind === 'manifest') {
    if (mediaType === document.mediaType) return document.descriptor;
    const { config, layers } = document.value;
    const converted = {
      ...head,
      config: descriptorIn(format, config),
      layers: layers.map((layer) => descriptorIn(format, layer)),
      ...rest,
    };
    return writeManifest(repository, converted, options);
  }
  const manifests: Descriptor[] = [];
  for (const child of document.value.manifests) {
    if (!isManifestType(child.mediaType)) {
      manifests.push(child);
      continue;
    }
    const {
      digest,
      size,
      mediaType: type,
    } = await convert(repository, await readManifest(repository.content, child, options), options);
    manifests.push({ ...child, mediaType: type, digest, size });
  }
  const same = manifests.every((child, at) => child.digest === document.value.manifests[at]?.digest);
  if (same && mediaType === document.mediaType) return document.descriptor;
  return writeManifest(repository, { ...head, manifests, ...rest }, options);
}

export function isDockerManifest(descriptor: Descriptor): boolean {
  return descriptor.mediaType === mediaTypes.dockerManifest || descriptor.mediaType === mediaTypes.dockerManifestList;
}
