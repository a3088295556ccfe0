import type { BuildResult, StepReport } from '@lading/builder';
import { familiarReference, formatPlatform, type Reference } from '@lading/oci';
import { formatBytes, formatDuration } from '../progress.ts';

/** What `--json` and `--metadata-file` say of a build: Docker's keys, and ours. */
export interface BuildSummary {
  readonly 'containerimage.digest': string;
  /** Of a single image: an index has no config. */
  readonly 'containerimage.config.digest'?: string | undefined;
  readonly 'containerimage.descriptor': { readonly mediaType: string; readonly digest: string; readonly size: number };
  /** Separated by commas; absent without a name. */
  readonly 'image.name'?: string | undefined;
  readonly [key: string]: unknown;
}

export function summaryOf(result: BuildResult, tags: readonly Reference[], milliseconds: number): BuildSummary {
  const { manifest, images, epoch, formatProfile, materials, provenance } = result;
  const { mediaType, digest, size } = manifest;
  const names = tags.map(familiarReference);
  return {
    'containerimage.digest': digest,
    'containerimage.config.digest': images.length === 1 ? images[0]?.config : undefined,
    'containerimage.descriptor': { mediaType, digest, size },
    'image.name': names.length === 0 ? undefined : names.join(','),
    digest,
    mediaType,
    tags: names,
    epoch,
    formatProfile,
    materials,
    provenance: provenance?.map(({ digest: own }) => own),
    images: images.map(({ platform, manifest: own, config, layers }) => ({
      platform: formatPlatform(platform),
      digest: own.digest,
      config,
      layers: layers.map((layer) => ({ digest: layer.digest, mediaType: layer.mediaType, size: layer.size })),
    })),
    steps: stepsOf(result).map(({ title, line, cached, durationMs, layer, explanation }) => ({
      title,
      line,
      cached,
      durationMs: Math.round(durationMs),
      layer: layer?.digest,
      explanation,
    })),
    durationMs: Math.round(milliseconds),
  };
}

/** `built app:latest in 2.1 s: 3 layers, 12 MB, 2 of 4 steps from the cache`. */
export function summaryLine(result: BuildResult, tags: readonly Reference[], milliseconds: number): string {
  const { images } = result;
  const steps = stepsOf(result);
  const layers = new Map(images.flatMap((image) => image.layers).map((layer) => [layer.digest, layer.size]));
  const size = [...layers.values()].reduce((sum, bytes) => sum + bytes, 0);
  const cached = steps.filter((step) => step.cached).length;
  const name = tags.map(familiarReference).join(', ') || 'an image without a name';
  const platforms = images.length === 1 ? '' : ` for ${images.length} platforms`;
  return (
    `built ${name}${platforms} in ${formatDuration(milliseconds)}: ${layers.size} layers, ${formatBytes(size)}, ` +
    `${cached} of ${steps.length} steps from the cache`
  );
}

/** Of all images; what was done once for several counts once. */
function stepsOf({ images }: BuildResult): readonly StepReport[] {
  return [...new Set(images.flatMap((image) => image.steps))];
}
