import { FileTree } from './file-tree.ts';
import { applyLayer } from './internal/apply-layer.ts';
import { MergedNode } from './internal/merged-node.ts';
import { impliedDirectory } from './internal/tree-node.ts';
import type { Layer } from './layer.ts';
import type { LayerIndex } from './layer-index.ts';

/**
 * The root file system that layers make up, lowest first. OCI image-spec 1.1 §layer, applying changesets.
 *
 * A layer's whiteouts hide only what lower layers have, wherever they stand in its archive. A directory over a directory keeps
 * what is inside; everything else replaces. Of two entries with one path in a layer the later wins. An entry below a symlink of
 * its own layer goes to where the link points, as when unpacking; below a lower layer's symlink it makes a directory in its
 * place, as overlayfs does with layers unpacked apart.
 *
 * Throws TAR_INVALID for an entry below symlinks in circles, TAR_UNSUPPORTED for paths longer than Linux takes.
 */
export function union(layers: readonly Layer[]): FileTree {
  const root = impliedDirectory('', undefined);
  for (const [index, layer] of layers.entries()) applyLayer(root, layer, index);
  return new FileTree(root);
}

/** The same tree over the layers' indexes: only those of its nodes are made that someone asks for. */
export function unionOfIndexes(indexes: readonly LayerIndex[]): FileTree {
  const root = new MergedNode(
    impliedDirectory('', undefined).node,
    indexes,
    indexes.map((_, layer) => ({ layer, place: 0 })),
  );
  for (const [layer, index] of indexes.entries()) {
    const { node, implied } = index.at(0);
    if (!implied) root.node = { ...node, path: '', layer };
  }
  return new FileTree(root);
}
