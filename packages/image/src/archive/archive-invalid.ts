import { LadingError } from '@lading/errors';

export function archiveInvalid(path: string, why: string, cause?: unknown): LadingError {
  return new LadingError('ARCHIVE_INVALID', `Cannot open archive ${path}: ${why}`, {
    hint: 'Give a file made by `docker save`, `skopeo copy … docker-archive:` or `oci-archive:`, or by Lading.',
    cause,
    details: { path },
  });
}
