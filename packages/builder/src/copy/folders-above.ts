import type { FileTree } from '@lading/filetree';
import type { PlannedEntry } from './plan.ts';

/**
 * The folders above the entries that the file system has already, as they are there. A layer that holds a file holds them too: engines
 * that unpack each layer by itself would else show such a folder with rights of their own making.
 */
export function foldersAbove(
  tree: FileTree,
  entries: ReadonlyMap<string, PlannedEntry>,
  epoch: number,
): PlannedEntry[] {
  const folders = new Map<string, PlannedEntry>();
  for (const path of entries.keys()) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash);
      if (entries.has(above) || folders.has(above)) continue;
      const node = tree.get(above);
      if (node?.type !== 'directory') continue;
      const { mode, uid, gid, mtime, xattrs } = node;
      const time = Math.min(Math.floor(mtime), epoch);
      const header = { path: above, type: 'directory', mode, uid, gid, size: 0, mtime: time } as const;
      folders.set(above, xattrs === undefined ? header : { ...header, xattrs });
    }
  }
  return [...folders.values()];
}
