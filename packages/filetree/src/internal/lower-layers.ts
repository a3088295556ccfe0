import { lstatSync, type Stats } from 'node:fs';
import { encodeName, type TarHeader } from '@lading/tar';

// What a layer being unpacked takes over from those below, which lie unpacked in folders, the uppermost first.

export interface Below {
  readonly place: string | Buffer;
  readonly stats: Stats;
}

/** What a folder looks like there; undefined when none shows at the path. */
export function folderBelow(layers: readonly string[], path: string): TarHeader | undefined {
  const stats = shownBelow(layers, path)?.stats;
  if (!stats?.isDirectory()) return undefined;
  const { uid, gid, mtimeMs } = stats;
  return { path, type: 'directory', mode: stats.mode & 0o7777, uid, gid, size: 0, mtime: mtimeMs / 1000 };
}

/** A plain file there; undefined when none shows at the path. */
export function fileBelow(layers: readonly string[], path: string): Below | undefined {
  const found = shownBelow(layers, path);
  return found?.stats.isFile() ? found : undefined;
}

/** What the uppermost layer that knows the path has there. Links on the way are not followed: no layer is trusted that far. */
function shownBelow(layers: readonly string[], path: string): Below | undefined {
  const names = path.split('/');
  for (const layer of layers) {
    for (const [index] of names.entries()) {
      const place = pathOnDisk(layer, names.slice(0, index + 1).join('/'));
      const stats = lstatSync(place, { throwIfNoEntry: false });
      if (stats === undefined) break;
      if (index === names.length - 1) return { place, stats };
      // A whiteout, a link, or a file where a folder has to be: what lies further below is hidden.
      if (!stats.isDirectory()) return undefined;
    }
  }
  return undefined;
}

function pathOnDisk(folder: string, path: string): string | Buffer {
  return path.isWellFormed() ? `${folder}/${path}` : Buffer.concat([Buffer.from(`${folder}/`), encodeName(path)]);
}
