import { type Io, tap } from '@lading/bytes';
import type { Layer as LayerTree } from '@lading/filetree';
import type { Layer } from '@lading/image';
import type { Digest } from '@lading/oci';

/** What one pass over a layer's bytes tells; true of every image that has the layer. */
export interface LayerScan {
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
  /** With digests of all content. */
  readonly tree: LayerTree;
}

/** Reads the layer once, from one end to the other. Throws as `Layer.uncompressed`, and TAR_* for what is no layer. */
export async function scanLayer(
  layer: Layer,
  options: Io & { readonly onBytes?: (bytes: number) => void } = {},
): Promise<LayerScan> {
  const { readLayer } = await import('@lading/filetree');
  let size = 0;
  const tar = tap(await layer.uncompressed(options), (chunk) => {
    size += chunk.length;
    options.onBytes?.(size);
  });
  const tree = await readLayer(tar, { signal: options.signal, digests: true });
  return { diffId: layer.diffId, size, tree };
}
