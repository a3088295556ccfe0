import { LadingError } from '@lading/errors';

const PREFIX = '.wh.';
const METADATA_PREFIX = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';

/**
 * What a layer's entry says about the layers below: `remove` hides one path and all below it, `opaque` hides everything that
 * lower layers have inside the directory `path`. OCI image-spec 1.1 §layer, whiteouts.
 */
export interface Whiteout {
  readonly kind: 'remove' | 'opaque';
  readonly path: string;
}

/**
 * The whiteout that an entry's path stands for, or undefined for an ordinary path.
 * Throws TAR_UNSAFE for `.wh.`, `.wh..` and `.wh...`, which would remove the directory itself or its parent.
 */
export function parseWhiteout(path: string): Whiteout | undefined {
  const slash = path.lastIndexOf('/');
  if (!path.startsWith(PREFIX, slash + 1)) return undefined;
  const name = path.slice(slash + 1);
  if (name === OPAQUE) return { kind: 'opaque', path: path.slice(0, Math.max(slash, 0)) };
  const removed = name.slice(PREFIX.length);
  if (removed === '' || removed === '.' || removed === '..') {
    throw new LadingError('TAR_UNSAFE', `Cannot use whiteout ${JSON.stringify(path)}: it names no entry`, {
      details: { path },
    });
  }
  return { kind: 'remove', path: path.slice(0, slash + 1) + removed };
}

/** True for AUFS bookkeeping (`.wh..wh.plnk/…`, `.wh..wh.aufs`), which some old layers carry and everyone ignores. */
export function isWhiteoutMetadata(path: string): boolean {
  if (!path.includes(METADATA_PREFIX)) return false;
  const parts = path.split('/');
  return parts.some((part, at) => part.startsWith(METADATA_PREFIX) && !(part === OPAQUE && at === parts.length - 1));
}

/** The path of the entry that removes `path`: `a/b` → `a/.wh.b`. */
export function whiteoutOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash + 1)}${PREFIX}${path.slice(slash + 1)}`;
}

/** The path of the entry that makes a directory opaque: `a` → `a/.wh..wh..opq`. */
export function opaqueOf(directory: string): string {
  return directory === '' ? OPAQUE : `${directory}/${OPAQUE}`;
}
