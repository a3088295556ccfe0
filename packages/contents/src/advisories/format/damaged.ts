import { LadingError } from '@lading/errors';

/** ADVISORIES_DAMAGED: bytes of a database are not what its checksums say, or do not follow the format. */
export function damaged(why: string, cause?: unknown): LadingError {
  return new LadingError('ADVISORIES_DAMAGED', `Cannot read the advisory database: ${why}`, {
    hint: 'Get it again with "lading advisories update" or "lading advisories pull".',
    cause,
  });
}
