import { type Io, tap } from '@lading/bytes';
import type { Layer as LayerTree } from '@lading/filetree';
import type { Layer } from '@lading/image';
import type { Digest } from '@lading/oci';
import { type InstalledPackage, isPackageDatabase, packagesIn } from './package-databases.ts';

/** What one pass over a layer's bytes tells; true of every image that has the layer. */
export interface LayerScan {
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
  /** With digests of all content. */
  readonly tree: LayerTree;
  /** What the package databases in the layer list, by their path. */
  readonly packages: ReadonlyMap<string, readonly InstalledPackage[]>;
}

/** A database beyond this is not one. */
const maxDatabaseBytes = 64 << 20;

/** Reads the layer once, from one end to the other. Throws as `Layer.uncompressed`, and TAR_* for what is no layer. */
export async function scanLayer(
  layer: Layer,
  options: Io & { readonly onBytes?: (bytes: number) => void } = {},
): Promise<LayerScan> {
  const { readLayer } = await import('@lading/filetree');
  const databases = new Map<string, Buffer>();
  let size = 0;
  const tar = tap(await layer.uncompressed(options), (chunk) => {
    size += chunk.length;
    options.onBytes?.(size);
  });
  const tree = await readLayer(tar, {
    signal: options.signal,
    digests: true,
    keep: (file) => isPackageDatabase(file.path) && file.size <= maxDatabaseBytes,
    kept: ({ path }, content) => void databases.set(path, content),
  });
  const packages = new Map<string, readonly InstalledPackage[]>();
  for (const [path, content] of databases) packages.set(path, await packagesIn(path, content));
  return { diffId: layer.diffId, size, tree, packages };
}
