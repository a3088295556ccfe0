import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { type Descriptor, type ImageIndex, isManifestType, type Platform, selectPlatform } from '@lading/oci';
import type { Repository } from '@lading/store';
import { type Image, type OpenImageOptions, openImage, unmatched } from './image.ts';
import { openManifest, type Source } from './manifest.ts';

/** An index as it lies in a repository. */
export interface Index {
  readonly descriptor: Descriptor;
  readonly index: ImageIndex;
  /** The index's bytes: what the digest covers. */
  readonly bytes: Uint8Array;
  /** What it lists, in its order: images, attestations, other indexes. */
  readonly manifests: readonly Descriptor[];
  /** The best match for a platform. Throws PLATFORM_UNMATCHED. */
  select(platform: Platform): Descriptor;
  openImage(options?: OpenImageOptions): Promise<Image>;
}

/** Opens an index by tag, digest or descriptor. Throws REFERENCE_NOT_FOUND; IMAGE_INVALID for an image that is not in an index. */
export async function openIndex(repository: Repository, source: Source, io: Io = {}): Promise<Index> {
  const document = await openManifest(repository, source, io);
  const { descriptor, bytes } = document;
  if (document.kind !== 'index') {
    throw new LadingError('IMAGE_INVALID', `Cannot open ${descriptor.digest} as an index: it is a single manifest`, {
      hint: 'Open it as an image.',
      details: { digest: descriptor.digest },
    });
  }
  const index = document.value;
  return {
    descriptor,
    index,
    bytes,
    manifests: index.manifests.filter(({ mediaType }) => isManifestType(mediaType)),
    select: (platform) => {
      const found = selectPlatform(index.manifests, platform);
      if (found === undefined) throw unmatched(repository, index, platform);
      return found;
    },
    openImage: (options = {}) => openImage(repository, descriptor, options),
  };
}
