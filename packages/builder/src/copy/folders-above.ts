import type { FileTree } from '@lading/filetree';
import { compareNames } from '@lading/tar';
import type { PlannedEntry } from './plan.ts';

/**
 * The entries, sorted, with the folders above them that the file system has already, as they are there. A layer that holds a file holds
 * them too: engines that unpack each layer by itself would else show such a folder with rights of their own making.
 */
export function withFoldersAbove(tree: FileTree, entries: readonly PlannedEntry[], epoch: number): PlannedEntry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash);
      const node = all.has(above) ? undefined : tree.get(above);
      if (node?.type !== 'directory') continue;
      const { mode, uid, gid, mtime, xattrs } = node;
      const time = Math.min(Math.floor(mtime), epoch);
      const header = { path: above, type: 'directory', mode, uid, gid, size: 0, mtime: time } as const;
      all.set(above, xattrs === undefined ? header : { ...header, xattrs });
    }
  }
  return [...all.values()].sort((a, b) => compareNames(a.path, b.path));
}
