import { lstatSync, type Stats } from 'node:fs';
import { encodeName, type TarHeader } from '@lading/tar';

// What a layer being unpacked takes over from those below, which lie unpacked in folders, the uppermost first.

/** What a folder looks like there; undefined when they have none at the path. */
export function folderBelow(layers: readonly string[], path: string): TarHeader | undefined {
  for (const layer of layers) {
    const stats = lstatSync(pathOnDisk(layer, path), { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (!stats.isDirectory()) return undefined;
    const { uid, gid, mtimeMs } = stats;
    return { path, type: 'directory', mode: stats.mode & 0o7777, uid, gid, size: 0, mtime: mtimeMs / 1000 };
  }
  return undefined;
}

/** A plain file of the layers below, the uppermost that has the path. Links on the way are not followed: no layer is trusted that far. */
export function fileBelow(
  layers: readonly string[],
  path: string,
): { place: string | Buffer; stats: Stats } | undefined {
  const names = path.split('/');
  for (const layer of layers) {
    for (const [index] of names.entries()) {
      const place = pathOnDisk(layer, names.slice(0, index + 1).join('/'));
      const stats = lstatSync(place, { throwIfNoEntry: false });
      if (stats === undefined) break;
      const last = index === names.length - 1;
      if (last && stats.isFile()) return { place, stats };
      // A whiteout, a link, or a file where a folder has to be: what lies further below is hidden.
      if (last || !stats.isDirectory()) return undefined;
    }
  }
  return undefined;
}

function pathOnDisk(folder: string, path: string): string | Buffer {
  return path.isWellFormed() ? `${folder}/${path}` : Buffer.concat([Buffer.from(`${folder}/`), encodeName(path)]);
}
