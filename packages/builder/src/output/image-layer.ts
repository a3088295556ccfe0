import { type Layer, writeLayer } from '@lading/image';
import { mediaTypes } from '@lading/oci';
import { stepKey } from '../cache/step-key.ts';
import type { BuiltLayer } from '../stage-state.ts';
import { type LayerSession, throughCache } from '../step/session.ts';
import { compressionName, defaultCompression, type LayerCompression } from './layer-compression.ts';

/**
 * A layer that a step made, as it belongs into the image. One that was compressed otherwise, because stages only copied from it or
 * an earlier build was told so, is compressed anew, once; the bytes are those that the step would have written.
 */
export async function imageLayer(session: LayerSession, layer: BuiltLayer): Promise<Layer> {
  const { imageCompression } = session;
  if ((layer.compressedAs ?? compressionName(defaultCompression)) === compressionName(imageCompression)) return layer;
  return recompressed(session, layer);
}

/** A layer of the base. It stays what it is, unless it is to be compressed like the others and is not. */
export async function baseLayer(session: LayerSession, layer: Layer, force: boolean): Promise<Layer> {
  if (!force || isCompressedAs(layer, session.imageCompression)) return layer;
  return recompressed(session, layer);
}

async function recompressed(session: LayerSession, layer: Layer): Promise<Layer> {
  const { imageCompression, signal, output } = session;
  const name = compressionName(imageCompression);
  const key = stepKey('compress', { diffId: layer.diffId, compression: name });
  const { layer: compressed } = await throughCache(session, key, async () => {
    const tar = await layer.uncompressed(session);
    return { layer: { ...(await writeLayer(output, tar, { signal, ...imageCompression })), compressedAs: name } };
  });
  return compressed ?? layer;
}

/** As far as a descriptor tells: not how hard it was tried. */
export function isCompressedAs(
  { descriptor: { mediaType, annotations } }: Layer,
  { compression }: LayerCompression,
): boolean {
  const gzipped = mediaType === mediaTypes.ociLayerGzip || mediaType === mediaTypes.dockerLayerGzip;
  switch (compression) {
    case 'gzip':
      return gzipped;
    case 'estargz':
      return gzipped && annotations?.['containerd.io/snapshot/stargz/toc.digest'] !== undefined;
    case 'zstd':
      return mediaType === mediaTypes.ociLayerZstd || mediaType === mediaTypes.dockerLayerZstd;
    case 'none':
      return mediaType === mediaTypes.ociLayer || mediaType === mediaTypes.dockerLayer;
  }
}
