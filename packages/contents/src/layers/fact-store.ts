import type { ImageFacts, LayerFacts } from '@lading/facts';
import type { Digest } from '@lading/oci';

/**
 * Keeps what was learnt, so that no layer is read twice. Losing any of it costs reading again and nothing else: what cannot be read is
 * absent, what cannot be written is not kept.
 */
export interface FactStore {
  findLayer(layer: Digest, version: number): Promise<LayerFacts | undefined>;
  keepLayer(facts: LayerFacts): Promise<void>;
  /** By the digest of the image's manifest: what `uniteFacts` made of its layers, without what only the machine knows, such as base images. */
  findImage(manifest: Digest, version: number): Promise<ImageFacts | undefined>;
  keepImage(facts: ImageFacts): Promise<void>;
}
