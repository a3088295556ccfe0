import { isLadingError, LadingError, messageOf } from '@lading/errors';

/** The error for a path on disk; what already is a LadingError passes. */
export function unpackFailed(path: string, error: unknown, doing: 'unpack' | 'scan' = 'unpack'): LadingError {
  if (isLadingError(error)) return error;
  const name = path === '' ? 'the root' : JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  return new LadingError('UNPACK_FAILED', `Cannot ${doing} ${name}: ${messageOf(error)}`, {
    cause: error,
    details: { path },
  });
}
