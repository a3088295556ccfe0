import type { FileNode } from '@lading/filetree';
import type { FileSource, SourceFile } from '../file-source.ts';
import type { FileSystem } from '../file-system.ts';

export interface ImageSourceOptions {
  readonly name: string;
  /** Opened only when a file is looked at, so that a cache hit needs no layer. */
  readonly open: () => Promise<FileSystem>;
  /** Names the file system: equal for equal layers. */
  readonly id: string;
}

/** A stage or an image as a source of files, with the metadata they have there. */
export function createImageSource(options: ImageSourceOptions): FileSource {
  const { name, open, id } = options;
  return {
    name,
    identity: { kind: 'whole', id },
    async find(path, { follow }) {
      const node = (await open()).tree.lookup(path, { follow });
      return node === undefined ? undefined : describe(node);
    },
    async list(folder) {
      return (await open()).tree.list(folder).map(describe);
    },
    keepsOrder: (files) => liesInOrder(files as readonly FileNode[]),
    async *read(files, io) {
      // They came from here, and describe() took nothing away.
      const nodes = files.map((file) => file as FileNode);
      for await (const [node, content] of (await open()).read(nodes, io)) yield [node as SourceFile, content];
    },
  };
}

/** One pass over one layer meets them as they are listed; what is spread over layers, or was stored in another order, is not. */
function liesInOrder(nodes: readonly FileNode[]): boolean {
  return nodes.every(({ layer, contentOffset = -1 }, index) => {
    const before = nodes[index - 1];
    return (
      contentOffset >= 0 &&
      (before === undefined || (before.layer === layer && (before.contentOffset ?? 0) < contentOffset))
    );
  });
}

/** Every name of a hard-linked file says where the one content lies. */
function describe(node: FileNode): SourceFile {
  if (node.type !== 'file' || node.size === 0) return node;
  const place = node.contentOffset === undefined ? (node.hardLinkOf ?? node.path) : String(node.contentOffset);
  return { ...node, contentId: `${node.layer}:${place}` };
}
