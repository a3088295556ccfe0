import type { Stats } from 'node:fs';
import { chmod, lchown, lstat, mkdir, readlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LadingError } from '@lading/errors';

/** A place in the container that something is mounted on. */
export interface MountPoint {
  /** Absolute, in the container. */
  readonly path: string;
  readonly kind: 'directory' | 'file';
  /** Whether a symlink at the very end is followed (a caller's mount) or covered (/etc/resolv.conf). */
  readonly follow: boolean;
}

/**
 * Fills `folder` with a layer that holds nothing but mount points, to lie right under the writable one. Thereby they exist
 * whatever the image says about them (absent, deleted, a symlink), the writable layer stays clean, and nothing has to be removed
 * after a crash. Folders on the way that the image has keep their owner, mode and time, since a change below copies them up.
 *
 * `layers` are the file systems of the image, the uppermost (the writable) first. Symlinks on the way are followed inside them.
 * Returns where each mount point came to lie. Throws RUNTIME_FAILED for symlinks that run in circles.
 */
export async function makeMountPoints(
  folder: string,
  layers: readonly string[],
  points: readonly MountPoint[],
): Promise<string[]> {
  const places: string[] = [];
  const folders: string[] = [];
  for (const point of points) {
    const path = await resolveMountPoint(layers, point);
    await makeFolders(folder, point.kind === 'directory' ? path : dirname(path), folders);
    if (point.kind === 'file') await writeFile(join(folder, path), '', { mode: 0o644, flag: 'a' });
    places.push(path);
  }
  // Last and from the innermost, because making a file changes the time of its folder.
  for (const path of folders.reverse()) await dress(join(folder, path), await findInLayers(layers, path));
  return places;
}

/** Where a mount point lies when symlinks on the way are followed inside the layers, the uppermost first. It need not exist. */
export async function resolveMountPoint(
  layers: readonly string[],
  { path, follow }: Pick<MountPoint, 'path' | 'follow'>,
): Promise<string> {
  let rest = path.split('/').filter((part) => part !== '' && part !== '.');
  let current = '/';
  let hops = 0;
  while (rest.length > 0) {
    const [part = '', ...after] = rest;
    rest = after;
    if (part === '..') {
      current = dirname(current);
      continue;
    }
    const next = join(current, part);
    const found = await findInLayers(layers, next);
    if (!found?.stats.isSymbolicLink() || (rest.length === 0 && !follow)) {
      current = next;
      continue;
    }
    hops += 1;
    if (hops > 40) {
      throw new LadingError('RUNTIME_FAILED', `Cannot mount at ${path}: its symlinks run in circles`);
    }
    const target = await readlink(found.path);
    if (target.startsWith('/')) current = '/';
    rest = [...target.split('/').filter((piece) => piece !== '' && piece !== '.'), ...rest];
  }
  return current;
}

async function makeFolders(folder: string, path: string, made: string[]): Promise<void> {
  if (path === '/') return;
  await makeFolders(folder, dirname(path), made);
  const place = join(folder, path);
  if ((await lstatOrUndefined(place)) !== undefined) return;
  await mkdir(place);
  made.push(path);
}

async function dress(place: string, found: { stats: Stats } | undefined): Promise<void> {
  if (found?.stats.isDirectory()) return copyAttributes(found.stats, place);
  await chmod(place, 0o755);
  await utimes(place, 0, 0);
}

/** Owner (where this process may set it), mode and time of one folder for another. */
export async function copyAttributes(stats: Stats, place: string): Promise<void> {
  await lchown(place, stats.uid, stats.gid).catch(() => undefined);
  await chmod(place, stats.mode & 0o7777);
  await utimes(place, stats.atimeMs / 1000, stats.mtimeMs / 1000);
}

/** What the merged layers show at a path whose parents are no symlinks. Opaque folders count as transparent: good enough for folders. */
export async function findInLayers(
  layers: readonly string[],
  path: string,
): Promise<{ path: string; stats: Stats } | undefined> {
  for (const layer of layers) {
    for (const ancestor of ancestorsOf(path)) {
      const stats = await lstatOrUndefined(join(layer, ancestor));
      if (stats === undefined) break;
      if (isWhiteout(stats)) return undefined;
      if (ancestor === path) return { path: join(layer, path), stats };
      if (!stats.isDirectory()) return undefined;
    }
  }
  return undefined;
}

function ancestorsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

async function lstatOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch {
    // Absent, or in a folder of another user's that a caller without root cannot enter: as good as absent.
    return undefined;
  }
}
