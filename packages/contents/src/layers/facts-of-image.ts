import { availableParallelism } from 'node:os';
import type { Io } from '@lading/bytes';
import {
  type ImageFacts,
  type ImageLayer,
  type KnownImage,
  type LayerFacts,
  type LayerWarning,
  uniteFacts,
  withBase,
} from '@lading/facts';
import type { Image, Layer } from '@lading/image';
import { type Digest, formatPlatform } from '@lading/oci';
import type { Cataloger } from '../catalogers/cataloger.ts';
import type { SecretScannerOptions } from '../secrets/create-secret-scanner.ts';
import type { SecretScanner } from '../secrets/secret-scanner.ts';
import { secretsOfConfig } from '../secrets/secrets-of-config.ts';
import type { FactStore } from './fact-store.ts';
import { factsVersion } from './facts-version.ts';
import { ImageBudget } from './image-budget.ts';
import { defaultLayerLimits, type LayerLimits } from './layer-limits.ts';
import { readLayerFacts } from './read-layer-facts.ts';

export interface FactsOfImageOptions extends Io {
  /** All of them unless told. */
  readonly catalogers?: readonly Cataloger[] | undefined;
  /** Makes what looks for secrets, one for each layer that is read; without it nobody does. */
  readonly secretScanner?: (() => SecretScanner) | undefined;
  /** What the scanner was made with: variables, labels and history are searched likewise. A store belongs to one choice of it. */
  readonly secretOptions?: SecretScannerOptions | undefined;
  /** Where facts are kept, so that each layer is read once in its life. It is one for each choice of catalogers. */
  readonly store?: FactStore | undefined;
  /** Images that this one may be built on; they are only looked through, not read. */
  readonly knownImages?: Iterable<KnownImage> | undefined;
  /** Hears how far each layer that has to be read is. */
  readonly onProgress?: ((progress: LayerProgress) => void) | undefined;
  readonly limits?: Partial<LayerLimits> | undefined;
  readonly spoolFolder?: string | undefined;
}

export interface LayerProgress {
  /** The index of the layer, from the lowest. */
  readonly layer: number;
  readonly digest: Digest;
  /** Bytes of the layer as it is stored: read so far, and in all. */
  readonly bytes: number;
  readonly size: number;
}

/**
 * What an image holds. Layers that the store knows are not read; the others are read once each, several at the same time. An image that was
 * asked for before costs the loading of one small file.
 *
 * Throws as `readLayerFacts`: an image of which one layer cannot be read has no facts; CONTENT_TOO_LARGE, too, for one whose layers have more
 * together than each of them may have.
 */
export async function factsOfImage(image: Image, options: FactsOfImageOptions = {}): Promise<ImageFacts> {
  const { store, secretScanner, knownImages = [] } = options;
  const { digest } = image.descriptor;
  const kept = await store?.findImage(digest, factsVersion);
  const isEnough = kept !== undefined && (secretScanner === undefined || kept.secrets !== undefined);
  const united = isEnough ? kept : await uniteImage(image, options);
  if (!isEnough) await store?.keepImage(united);
  const { secrets, ...facts } = united;
  // Secrets that were kept for someone else are not what was asked for.
  return withBase(secretScanner === undefined ? facts : { ...facts, secrets }, knownImages);
}

async function uniteImage(image: Image, options: FactsOfImageOptions): Promise<ImageFacts> {
  const layers = await factsOfLayers(image.layers, options);
  return uniteFacts(layers, {
    version: factsVersion,
    digest: image.descriptor.digest,
    platform: formatPlatform(image.platform),
    layers: image.layers.map(describe),
    configSecrets: options.secretScanner === undefined ? [] : secretsOfConfig(image.config, options.secretOptions),
  });
}

function describe({ descriptor, diffId, history }: Layer): ImageLayer {
  const instruction = history?.created_by;
  return {
    digest: descriptor.digest,
    diffId,
    size: descriptor.size,
    ...(instruction !== undefined && { instruction }),
  };
}

/** Decompression runs on threads of its own, what follows on one that they all share: four keep it busy, more would only take memory. */
const maxAtOnce = 4;

/** In the order of the layers; one that is there twice is read once. */
async function factsOfLayers(layers: readonly Layer[], options: FactsOfImageOptions): Promise<readonly LayerFacts[]> {
  const byDigest = new Map<Digest, LayerFacts>();
  const budget = new ImageBudget({ ...defaultLayerLimits, ...options.limits });
  // The largest first: whoever starts it last waits for it alone.
  const pending = [...layers.entries()].sort(([, a], [, b]) => a.descriptor.size - b.descriptor.size);
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const work = async (): Promise<void> => {
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [at, layer] = next;
      const { digest } = layer.descriptor;
      if (byDigest.has(digest)) continue;
      byDigest.set(digest, emptyFacts(layer, [], true));
      const facts = await factsOfLayer(layer, at, { ...options, signal });
      budget.take(facts);
      byDigest.set(digest, facts);
    }
  };
  const workers = Array.from({ length: Math.min(availableParallelism(), maxAtOnce, layers.length) }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
  return layers.map((layer) => byDigest.get(layer.descriptor.digest) ?? emptyFacts(layer, [], true));
}

async function factsOfLayer(layer: Layer, at: number, options: FactsOfImageOptions): Promise<LayerFacts> {
  const { store, secretScanner, onProgress } = options;
  const { digest, size, mediaType } = layer.descriptor;
  const kept = await store?.findLayer(digest, factsVersion);
  if (kept !== undefined && (secretScanner === undefined || kept.secrets !== undefined)) return kept;
  if (isForeign(mediaType)) {
    const message = `layer ${digest} is not distributed with the image (${mediaType}); what is in it is unknown`;
    return emptyFacts(layer, [{ path: '', message }], secretScanner !== undefined);
  }
  const facts = await readLayerFacts(layer, {
    ...options,
    onBytes: onProgress && ((bytes) => onProgress({ layer: at, digest, bytes, size })),
  });
  await store?.keepLayer(facts);
  return facts;
}

/** Layers that registries must not serve. OCI image-spec 1.0 §layer, non-distributable layers; Docker schema 2, foreign layers. */
function isForeign(mediaType: string): boolean {
  return mediaType.includes('.nondistributable.') || mediaType.includes('.foreign.');
}

function emptyFacts({ descriptor }: Layer, warnings: readonly LayerWarning[], lookedForSecrets: boolean): LayerFacts {
  const none = { packages: [], licenses: [], distributions: [], owners: [], files: [] };
  const facts = {
    version: factsVersion,
    digest: descriptor.digest,
    ...none,
    warnings,
    paths: new Uint8Array(),
  };
  return lookedForSecrets ? { ...facts, secrets: [] } : facts;
}
