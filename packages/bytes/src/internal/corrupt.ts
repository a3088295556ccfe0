import { LadingError } from '@lading/errors';

/** The error for compressed data that cannot be what was written. */
export function corrupt(format: string, why: string, cause?: unknown): LadingError {
  return new LadingError('BYTES_CORRUPT', `Cannot decompress ${format} data: ${why}`, {
    hint: 'Fetch or create it again; if it stays so, what was stored is damaged.',
    cause,
  });
}
