import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import {
  annotationKeys,
  type Digest,
  formatPlatform,
  isConfigType,
  isDigest,
  type ManifestDocument,
  matchPlatform,
  type Platform,
  selectPlatform,
} from '@lading/oci';
import type { Repository } from '@lading/store';
import { imageOf, unmatched } from '../image.ts';

/**
 * The children of an index to take when platforms were named: their images, with the attestations that BuildKit lists beside them.
 * Undefined: all. Throws PLATFORM_UNMATCHED, also for an image of another platform.
 */
export async function chosenChildren(
  repository: Repository,
  document: ManifestDocument,
  platforms: readonly Platform[] | undefined,
  io: Io,
): Promise<ReadonlySet<Digest> | undefined> {
  if (platforms === undefined) return undefined;
  if (document.kind === 'manifest') {
    if (!isConfigType(document.value.config.mediaType)) return undefined;
    const { platform } = await imageOf(repository, document, io);
    if (platforms.some((wanted) => matchPlatform(wanted, platform))) return undefined;
    throw new LadingError(
      'PLATFORM_UNMATCHED',
      `Cannot take ${document.descriptor.digest} for ${platforms.map(formatPlatform).join(', ')}: it is for ${formatPlatform(platform)}`,
      { hint: 'Leave the platform out to take the image as it is.' },
    );
  }
  const { manifests } = document.value;
  const chosen = new Set<Digest>();
  for (const platform of platforms) {
    const found = selectPlatform(manifests, platform);
    if (found === undefined) throw unmatched(repository, document.value, platform);
    chosen.add(found.digest);
  }
  for (const { digest, annotations } of manifests) {
    const about = annotations?.[annotationKeys.dockerReferenceDigest];
    if (about !== undefined && isDigest(about) && chosen.has(about)) chosen.add(digest);
  }
  return chosen;
}
