import { LadingError } from '@lading/errors';

/**
 * An archive's path in the one form that Lading uses: `./a//b/` and `/a/b` become `a/b`, the root becomes the empty string.
 * Throws TAR_UNSAFE for a `..` component, TAR_INVALID for a NUL.
 */
export function normalizePath(text: string): string {
  if (text.includes('\0')) throw new LadingError('TAR_INVALID', `Cannot use path ${quote(text)}: it has a NUL`);
  if (isNormal(text)) return text;
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw unsafe(text);
  return parts.join('/');
}

/**
 * Throws TAR_UNSAFE unless a path is in the form of `normalizePath`: relative, without empty, `.` or `..` components.
 * For code that is about to touch a disk with a path it was handed.
 */
export function assertSafePath(path: string): void {
  if (path.includes('\0') || !isNormal(path)) throw unsafe(path);
}

/** True when no component is empty, `.` or `..`; the empty path, the root, is normal. */
function isNormal(path: string): boolean {
  if (path === '') return true;
  let start = 0;
  while (start <= path.length) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    const length = end - start;
    if (length === 0) return false;
    if (length <= 2 && path.charCodeAt(start) === 46 && path.charCodeAt(end - 1) === 46) return false;
    if (slash === -1) return true;
    start = slash + 1;
  }
  return true;
}

function unsafe(path: string): LadingError {
  return new LadingError('TAR_UNSAFE', `Cannot use path ${quote(path)}: it would reach outside the archive's root`, {
    hint: 'The archive is damaged or hostile; do not unpack it.',
    details: { path },
  });
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
