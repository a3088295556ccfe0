import { isLadingError, LadingError, messageOf } from '@lading/errors';

/** The error for a path on disk; what already is a LadingError passes. */
export function unpackFailed(path: string, error: unknown, doing: 'unpack' | 'scan' = 'unpack'): LadingError {
  if (isLadingError(error)) return error;
  const name = path === '' ? 'the root' : JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  return new LadingError('UNPACK_FAILED', `Cannot ${doing} ${name}: ${messageOf(error)}`, {
    cause: error,
    ...(isDeniedOwner(error)
      ? {
          hint: 'This process may not give files to that owner: run it as root or with subordinate ids, or ignore owners.',
        }
      : {}),
    details: { path },
  });
}

function isDeniedOwner(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'fchown' || error.syscall === 'lchown');
}
