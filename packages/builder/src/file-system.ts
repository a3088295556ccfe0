import { type Bytes, collect, type Io } from '@lading/bytes';
import {
  type FileNode,
  FileTree,
  type LayerIndex,
  type Layer as LayerTree,
  readLayer,
  union,
  unionOfIndexes,
} from '@lading/filetree';
import type { Layer } from '@lading/image';
import type { Digest } from '@lading/oci';
import { readTar } from '@lading/tar';
import { type ArchiveLimits, ArchiveMeter, defaultLimits } from './archive/limits.ts';
import type { LayerIndexes } from './cache/layer-indexes.ts';
import { fileSystemId } from './stage-state.ts';

/** The root file system of a stack of layers: its paths in memory, its content where it lies. */
export interface FileSystem {
  readonly tree: FileTree;
  /** The text of a small file, links followed; empty when there is none. */
  text(path: string, io?: Io): Promise<string>;
  /** The content of file nodes of the tree: one pass over each layer that holds some, in the order of the layers. */
  read(nodes: readonly FileNode[], io?: Io): AsyncIterable<readonly [node: FileNode, content: Bytes]>;
}

/** Opens file systems; each layer's table of contents is read once, whoever asks. */
export interface FileSystems {
  open(layers: readonly Layer[], io?: Io): Promise<FileSystem>;
}

const maxTextBytes = 4 << 20;

/** With `indexes`, layers that an earlier build read are not read again. */
export function createFileSystems(limits: ArchiveLimits = defaultLimits, indexes?: LayerIndexes): FileSystems {
  const trees = new Map<Digest, Promise<LayerTree>>();
  const indexed = new Map<Digest, Promise<LayerIndex | undefined>>();
  const opened = new Map<string, Promise<FileSystem>>();

  const treeOf = (layer: Layer, io: Io): Promise<LayerTree> => {
    let tree = trees.get(layer.diffId);
    if (tree === undefined) {
      const meter = new ArchiveMeter(limits, `layer ${layer.descriptor.digest}`);
      meter.packedSize(layer.descriptor.size);
      const onEntry = ({ size }: { readonly size: number }): void => meter.entry(size);
      tree = layer.uncompressed(io).then((tar) => readLayer(meter.unpacked(tar), { ...io, onEntry }));
      trees.set(layer.diffId, tree);
      tree.catch(() => trees.delete(layer.diffId));
    }
    return tree;
  };

  const indexOf = (layer: Layer, io: Io): Promise<LayerIndex | undefined> => {
    let index = indexed.get(layer.diffId);
    if (index === undefined) {
      index = Promise.resolve(indexes?.find(layer.diffId)).then(
        async (known) => known ?? indexes?.keep(layer.diffId, await treeOf(layer, io)),
      );
      indexed.set(layer.diffId, index);
      index.then(
        // What is known in the smaller form need not be held on to in the larger one.
        (known) => known !== undefined && trees.delete(layer.diffId),
        () => indexed.delete(layer.diffId),
      );
    }
    return index;
  };

  const unionOf = async (layers: readonly Layer[], io: Io): Promise<FileTree> => {
    if (layers.length === 0) return new FileTree();
    const known = indexes === undefined ? [undefined] : await Promise.all(layers.map((layer) => indexOf(layer, io)));
    const all = known.filter((index) => index !== undefined);
    if (all.length === known.length) return unionOfIndexes(all);
    return union(await Promise.all(layers.map((layer) => treeOf(layer, io))));
  };

  const openOnce = async (layers: readonly Layer[], io: Io): Promise<FileSystem> => {
    const tree = await unionOf(layers, io);
    const read: FileSystem['read'] = (nodes, readIo = {}) => readNodes(layers, nodes, readIo);
    return { tree, read, text: (path, textIo) => readText(tree, read, path, textIo) };
  };

  return {
    open(layers, io = {}) {
      const id = fileSystemId({ layers });
      let system = opened.get(id);
      if (system === undefined) {
        system = openOnce(layers, io);
        opened.set(id, system);
        system.catch(() => opened.delete(id));
      }
      return system;
    },
  };
}

async function readText(tree: FileTree, read: FileSystem['read'], path: string, io: Io = {}): Promise<string> {
  const node = tree.lookup(path);
  if (node?.type !== 'file') return '';
  if (node.size === 0) return '';
  for await (const [, content] of read([node], io)) {
    return (await collect(content, { maxBytes: maxTextBytes, what: path })).toString('utf8');
  }
  return '';
}

async function* readNodes(
  layers: readonly Layer[],
  nodes: readonly FileNode[],
  io: Io,
): AsyncGenerator<readonly [FileNode, Bytes], void, void> {
  const byLayer = Map.groupBy(nodes, (node) => node.layer ?? 0);
  for (const [index, wanted] of [...byLayer].sort(([a], [b]) => a - b)) {
    const layer = layers[index];
    if (layer === undefined) continue;
    // A file stored with holes has no offset; it is found by its path, of which the last in the archive counts.
    const byPlace = new Map(wanted.map((node) => [placeOf(node), node]));
    for await (const entry of readTar(await layer.uncompressed(io), io)) {
      const node = byPlace.get(placeOf({ ...entry, ...(entry.sparse ? { contentOffset: undefined } : {}) }));
      if (node === undefined || entry.type !== 'file') continue;
      yield [node, entry.content];
      byPlace.delete(placeOf(node));
      if (byPlace.size === 0) break;
    }
  }
}

function placeOf(node: {
  readonly path: string;
  readonly contentOffset?: number | undefined;
  readonly hardLinkOf?: string;
}): string {
  return node.contentOffset === undefined ? `path:${node.hardLinkOf ?? node.path}` : `at:${node.contentOffset}`;
}
