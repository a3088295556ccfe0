import type { Io } from '@lading/bytes';
import type { FileNode } from '@lading/filetree';
import type { TarEntryInput } from '@lading/tar';
import { createImageSource } from '../copy/image-source.ts';
import type { PlannedEntry } from '../copy/plan.ts';
import { withContent } from '../copy/write.ts';
import type { SourceFile } from '../file-source.ts';
import type { FileSystem } from '../file-system.ts';
import { folderEntry, mtime, type Owner } from './folder-entries.ts';

/** A file or folder to put into a layer, under the path that it is to have there. */
export interface Chosen {
  readonly path: string;
  readonly node: FileNode;
}

/** A path and all below it, in byte order, under the names that they have. */
export function below(system: FileSystem, path: string): Chosen[] {
  const node = system.tree.get(path);
  const inside = [...system.tree.walk()].filter((one) => one.path.startsWith(`${path}/`));
  return [...(node === undefined ? [] : [node]), ...inside].map((one) => ({ path: one.path, node: one }));
}

/**
 * The entries of a layer that holds what was chosen, and the folders above it: given to one owner and of one time, so that equal content
 * is an equal layer (platform API §build reproducibility). Names of one content stay hard links.
 */
export function subtreeEntries(
  system: FileSystem,
  chosen: readonly Chosen[],
  options: { readonly owner: Owner; readonly spoolFolder: string } & Io,
): AsyncIterable<TarEntryInput> {
  const { owner, spoolFolder } = options;
  const source = createImageSource({ name: 'the build container', open: async () => system, id: '', epoch: mtime });
  const above = new Map<string, PlannedEntry>();
  const paths = new Set(chosen.map(({ path }) => path));
  for (const { path } of chosen)
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (!paths.has(folder)) above.set(folder, folderEntry(folder, owner));
    }
  const firsts = new Map<string, string>();
  const entries = chosen.map(({ path, node }): PlannedEntry => {
    const { type, mode, linkPath, deviceMajor, deviceMinor, xattrs } = node;
    const header = { path, type, mode, ...owner, mtime, size: type === 'file' ? node.size : 0 };
    const id = node.type === 'file' && node.size > 0 ? contentId(node) : undefined;
    const first = id === undefined ? undefined : firsts.get(id);
    if (first !== undefined) return { ...header, type: 'hardlink', size: 0, linkPath: first };
    if (id !== undefined) firsts.set(id, path);
    return {
      ...header,
      ...(type === 'symlink' && linkPath !== undefined ? { linkPath } : {}),
      ...(deviceMajor === undefined ? {} : { deviceMajor }),
      ...(deviceMinor === undefined ? {} : { deviceMinor }),
      ...(xattrs === undefined ? {} : { xattrs }),
      ...(header.size > 0 ? { from: node as SourceFile } : {}),
    };
  });
  const shortestFirst = [...above.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return withContent([...shortestFirst, ...entries], source, spoolFolder, options);
}

function contentId({ layer, contentOffset, hardLinkOf, path }: FileNode): string {
  return `${layer}:${contentOffset ?? hardLinkOf ?? path}`;
}
