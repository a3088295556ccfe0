import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { type Image, writeImage } from '@lading/image';
import { type Descriptor, type History, parseReference } from '@lading/oci';
import type { Repository } from '@lading/store';
import { isoTime, sourceDateEpoch } from '../epoch.ts';
import { completeHistory, pinned } from './export.ts';
import { type LifecycleMetadata, labels, readLifecycleMetadata } from './metadata.ts';
import { formatTarget, type Target, targetOf } from './target.ts';

export interface RebaseRequest {
  /** One that buildpacks built. */
  readonly image: Image;
  readonly runImage: Image;
  /** By which the run image is called. */
  readonly runImageName: string;
  /** Also onto another run image, for another target, or what was marked as not rebasable. */
  readonly force?: boolean | undefined;
  /** Seconds since 1970 of the image's creation; `sourceDateEpoch()` unless told. */
  readonly epoch?: number | undefined;
}

/** Whether buildpacks built an image, so that it is rebased by its labels. */
export function isBuildpacksImage({ config }: Pick<Image, 'config'>): boolean {
  return readLifecycleMetadata(config.config?.Labels) !== undefined;
}

/**
 * Puts the layers of an application on another version of its run image (platform API §rebaser). No layer is read or written: their
 * content, also that of the run image, has to be where `output` finds it. Throws REBASE_REFUSED, BUILDPACK_INVALID.
 */
export async function rebaseBuildpacksImage(
  output: Repository,
  request: RebaseRequest,
  io: Io = {},
): Promise<Descriptor> {
  const { image, runImage, runImageName, force = false } = request;
  const metadata = readLifecycleMetadata(image.config.config?.Labels);
  if (metadata === undefined) throw refused('it was not built by buildpacks', 'Name an image with buildpacks labels.');
  const boundary = image.layers.findIndex(({ diffId }) => diffId === metadata.runImage.topLayer) + 1;
  if (boundary === 0)
    throw refused(`no layer of it is the top layer ${metadata.runImage.topLayer} of its run image`, 'Build it again.');
  const top = runImage.layers.at(-1);
  if (top === undefined) throw refused('the new run image has no layers', 'Name another one.');
  const isKnown = knowsRunImage(metadata, runImageName);
  if (!force) {
    const reason = reasonAgainst(request, metadata, isKnown);
    if (reason !== undefined)
      throw refused(reason, '--force does it nevertheless; whether the result works is up to you.');
  }

  const { mirrors, image: knownName } = metadata.runImage;
  const names = isKnown ? { image: knownName, mirrors } : { image: runImageName };
  const rebased: LifecycleMetadata = {
    ...metadata,
    runImage: { topLayer: top.diffId, reference: pinned(runImageName, runImage), ...names },
    ...(metadata.stack === undefined ? {} : { stack: { runImage: names } }),
  };
  const { config } = image;
  const history = completeHistory(image);
  return writeImage(output, {
    config: {
      ...config,
      ...targetFields(runImage),
      created: isoTime(request.epoch ?? sourceDateEpoch()),
      config: { ...config.config, Labels: labelsOf(image, runImage, rebased) },
      rootfs: {
        type: 'layers',
        diff_ids: [...runImage.layers, ...image.layers.slice(boundary)].map(({ diffId }) => diffId),
      },
      history: [...completeHistory(runImage), ...afterLayers(history, boundary)],
    },
    layers: [...runImage.layers, ...image.layers.slice(boundary)].map(({ descriptor }) => descriptor),
    annotations: image.manifest.annotations,
    ...io,
  });
}

/** Why it is not safe, undefined when it is. */
function reasonAgainst(
  { image, runImage, runImageName }: RebaseRequest,
  { runImage: { image: name = 'nothing' } }: LifecycleMetadata,
  isKnown: boolean,
): string | undefined {
  if (image.config.config?.Labels?.[labels.rebasable] === 'false') return `its label ${labels.rebasable} says "false"`;
  const [before, after] = [targetOf(image), targetOf(runImage)];
  if (!isSameTarget(before, after))
    return `it is for ${formatTarget(before)}, the new run image for ${formatTarget(after)}`;
  if (!isKnown) return `it was built on ${name}, not on ${runImageName}`;
  return undefined;
}

/** Variant and distribution count where the new run image names them. */
function isSameTarget(before: Target, after: Target): boolean {
  if (before.os !== after.os || before.arch !== after.arch) return false;
  if (before.variant && after.variant && before.variant !== after.variant) return false;
  if (after.distro === undefined) return true;
  const { name, version } = after.distro;
  return (name === '' || name === before.distro?.name) && (version === '' || version === before.distro?.version);
}

/** Digests do not count: they are what a new version changes (platform API §rebaser). */
function knowsRunImage({ runImage, stack }: LifecycleMetadata, name: string): boolean {
  const known = [runImage, stack?.runImage].flatMap((one) => [one?.image, ...(one?.mirrors ?? [])]);
  return known.some((one) => one !== undefined && one !== '' && withoutDigest(one) === withoutDigest(name));
}

function withoutDigest(name: string): string {
  const { registry, repository, tag = 'latest' } = parseReference(name.replace(/@.*$/, ''));
  return `${registry}/${repository}:${tag}`;
}

function targetFields({ platform }: Image): { os: string; architecture: string; variant?: string } {
  const { os, architecture, variant } = platform;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** What the run image says of itself replaces what the old one said. */
function labelsOf(image: Image, runImage: Image, metadata: LifecycleMetadata): Record<string, string> {
  const ofBase = (name: string): boolean => /^io\.buildpacks\.(base|stack)\./.test(name);
  const own = Object.entries(image.config.config?.Labels ?? {}).filter(([name]) => !ofBase(name));
  const base = Object.entries(runImage.config.config?.Labels ?? {}).filter(([name]) => ofBase(name));
  const all = [...own, ...base].filter(([name]) => name !== labels.lifecycle);
  const lifecycle = [labels.lifecycle, JSON.stringify(metadata)] as const;
  return Object.fromEntries([...all, lifecycle].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The history of what lies above so many layers. */
function afterLayers(history: readonly History[], layers: number): readonly History[] {
  let seen = 0;
  const first = history.findIndex(({ empty_layer }) => seen === layers || (empty_layer !== true && ++seen > layers));
  return first < 0 ? [] : history.slice(first);
}

function refused(reason: string, hint: string): LadingError {
  return new LadingError('REBASE_REFUSED', `Cannot rebase the image: ${reason}`, { hint });
}
