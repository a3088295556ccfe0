import { type Descriptor, type Digest, type ImageConfig, isDigest, type Manifest } from '@lading/oci';
import type { StepOutcome } from '../step-cache.ts';
import { inlineCacheAnnotation } from './cache-document.ts';

/** A step of an image: its key, and the layer it made. */
export interface KeyedStep {
  readonly key?: Digest | undefined;
  readonly layer?: Descriptor | undefined;
}

/**
 * An annotation for the manifest of an image that lets a later build find its steps: `[key, place of the layer]` of each step whose layer
 * is in the image, with the name of its compression where that is not the default, and `[key]` of those that made none. It depends on the steps alone, so equal builds still give equal bytes.
 */
export function inlineCache(
  steps: readonly KeyedStep[],
  layers: readonly Descriptor[],
  compressedAs?: string,
): Record<string, string> {
  const places = new Map(layers.map(({ digest }, index) => [digest, index]));
  const records = new Map<Digest, readonly (string | number)[]>();
  for (const { key, layer } of steps) {
    if (key === undefined) continue;
    const place = layer && places.get(layer.digest);
    if (layer === undefined) records.set(key, [key]);
    else if (place !== undefined)
      records.set(key, compressedAs === undefined ? [key, place] : [key, place, compressedAs]);
  }
  return { [inlineCacheAnnotation]: JSON.stringify([...records.values()]) };
}

/** The outcomes that an image carries; none where it carries none, or what cannot be read. */
export function readInlineCache(
  { annotations, layers }: Pick<Manifest, 'annotations' | 'layers'>,
  { rootfs, created }: Pick<ImageConfig, 'rootfs' | 'created'>,
): ReadonlyMap<Digest, StepOutcome> {
  const outcomes = new Map<Digest, StepOutcome>();
  const text = annotations?.[inlineCacheAnnotation];
  if (text === undefined) return outcomes;
  let records: unknown;
  try {
    records = JSON.parse(text);
  } catch {
    return outcomes;
  }
  if (!Array.isArray(records)) return outcomes;
  for (const record of records) {
    const [key, place, compressedAs] = Array.isArray(record) ? (record as unknown[]) : [];
    if (typeof key !== 'string' || !isDigest(key)) continue;
    const [descriptor, diffId] = [layers[Number(place)], rootfs.diff_ids[Number(place)]];
    const origin = created === undefined ? {} : { origin: { at: created } };
    if (place === undefined) outcomes.set(key, origin);
    else if (descriptor !== undefined && diffId !== undefined) {
      const { mediaType, digest, size } = descriptor;
      const named = typeof compressedAs === 'string' ? { compressedAs } : {};
      outcomes.set(key, { layer: { descriptor: { mediaType, digest, size }, diffId, ...named }, ...origin });
    }
  }
  return outcomes;
}
