import type { Io } from '@lading/bytes';
import type { FileNode } from '@lading/filetree';
import type { TarEntryInput } from '@lading/tar';
import { createImageSource } from '../copy/image-source.ts';
import type { PlannedEntry } from '../copy/plan.ts';
import { withContent } from '../copy/write.ts';
import type { FileSystem } from '../file-system.ts';

/** Planned entries of a file system with their content; each layer that holds some is read once. */
export function entriesWithContent(
  system: FileSystem,
  plan: readonly PlannedEntry[],
  spoolFolder: string,
  io: Io,
): AsyncIterable<TarEntryInput> {
  const source = createImageSource({ name: 'the file system', id: '', epoch: 0, open: async () => system });
  return withContent(plan, source, spoolFolder, io);
}

/**
 * Nodes of a file system as entries of one archive, in their order. Of several names of one file the first is the file, the others
 * are hard links to it. Times stay, in whole seconds: what a build made was dated when its layer was written.
 */
export function planNodes(nodes: Iterable<FileNode>): PlannedEntry[] {
  const first = new Map<string, string>();
  return [...nodes].map((node): PlannedEntry => {
    const { path, type, mode, uid, gid, size, linkPath, deviceMajor, deviceMinor, xattrs } = node;
    const header = {
      ...{ path, type, mode, uid, gid, size },
      mtime: Math.floor(node.mtime),
      ...(linkPath === undefined ? {} : { linkPath }),
      ...(deviceMajor === undefined ? {} : { deviceMajor }),
      ...(deviceMinor === undefined ? {} : { deviceMinor }),
      ...(xattrs === undefined ? {} : { xattrs }),
    };
    if (type !== 'file') return header;
    const place = placeOf(node);
    const target = first.get(place);
    if (target !== undefined) return { ...header, type: 'hardlink', size: 0, linkPath: target };
    first.set(place, path);
    return { ...header, from: node };
  });
}

/** What all names of one file have in common. One stored with holes has no offset, but a path at which it was found. */
function placeOf({ layer, contentOffset, hardLinkOf, path }: FileNode): string {
  return contentOffset === undefined ? `${layer}:${hardLinkOf ?? path}` : `${layer}@${contentOffset}`;
}
