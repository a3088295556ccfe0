import type { Digest } from '@lading/oci';
import type { BaseImage, ImageFacts } from '../image-facts.ts';

/** An image that others may be built on. */
export interface KnownImage {
  readonly digest: Digest;
  readonly name?: string | undefined;
  readonly diffIds: readonly Digest[];
}

/**
 * The image on which one with these diffIds was built: of those whose layers are all the lowest of it, and not all of it, the one with the
 * most. Of several with the same layers a named one, then the first.
 */
export function findBase(diffIds: readonly Digest[], known: Iterable<KnownImage>): BaseImage | undefined {
  let best: KnownImage | undefined;
  for (const image of known) {
    const layers = image.diffIds.length;
    if (layers === 0 || layers >= diffIds.length) continue;
    const isBetter =
      best === undefined ||
      layers > best.diffIds.length ||
      (layers === best.diffIds.length && best.name === undefined && image.name !== undefined);
    if (isBetter && image.diffIds.every((diffId, at) => diffId === diffIds[at])) best = image;
  }
  return (
    best && { digest: best.digest, ...(best.name !== undefined && { name: best.name }), layers: best.diffIds.length }
  );
}

/** Says of packages in layers of a known base that they came with it. What is known differs from machine to machine. */
export function withBase(facts: ImageFacts, known: Iterable<KnownImage>): ImageFacts {
  const diffIds = facts.layers.map(({ diffId }) => diffId);
  const base = findBase(diffIds, known);
  if (base === undefined) return facts;
  const packages = facts.packages.map((found) =>
    found.layer >= 0 && found.layer < base.layers ? { ...found, base } : found,
  );
  return { ...facts, packages };
}
