import type { Finding, ImageFacts } from '@lading/facts';
import type { Digest } from '@lading/oci';

/** Whether a layer of an image (by its index) is none of a base's; what no layer brought, such as the configuration, is the image's own. */
export function addedSince(
  { layers }: Pick<ImageFacts, 'layers'>,
  base: ReadonlySet<Digest>,
): {
  readonly layer: (layer: number | undefined) => boolean;
  readonly findings: (found: readonly Finding[]) => Finding[];
} {
  const isAdded = (layer: number | undefined): boolean => {
    const diffId = layer === undefined ? undefined : layers[layer]?.diffId;
    return diffId === undefined || !base.has(diffId);
  };
  return {
    layer: isAdded,
    findings: (found) =>
      found.flatMap((finding) => {
        const places = finding.places.filter(({ layer }) => isAdded(layer));
        const [first] = places;
        // Where the base has the package too, the place that was added is what is shown.
        return first === undefined ? [] : [{ ...finding, places, package: { ...finding.package, ...first } }];
      }),
  };
}
