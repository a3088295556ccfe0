import { isLadingError, LadingError, messageOf } from '@lading/errors';
import { type Descriptor, type Digest, isManifestType } from '@lading/oci';
import type { Repository } from '@lading/store';

export type CopySide = 'source' | 'target';

/** COPY_FAILED: which side failed at what, and what is at the target already. INTERRUPTED passes. */
export function copyFailed(
  side: CopySide,
  repository: Repository,
  at: Descriptor,
  arrived: readonly Digest[],
  cause: unknown,
): LadingError {
  if (isLadingError(cause, 'COPY_FAILED', 'INTERRUPTED')) return cause;
  const sparse = side === 'source' && isManifestType(at.mediaType) && isLadingError(cause, 'BLOB_NOT_FOUND');
  const doing = side === 'source' ? 'read from' : 'written to';
  return new LadingError(
    'COPY_FAILED',
    `Cannot copy ${at.digest}: it could not be ${doing} ${repository.name}: ${messageOf(cause)}`,
    {
      hint: sparse
        ? 'The source holds only some images of the index: name their platforms.'
        : ((isLadingError(cause) ? cause.hint : undefined) ?? 'Copy again: what arrived is not moved twice.'),
      cause,
      details: { side, repository: repository.name, digest: at.digest, mediaType: at.mediaType, arrived },
    },
  );
}
