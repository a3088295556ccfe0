import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { writeImage } from '@lading/image';
import { type Annotations, annotationKeys, type Descriptor, mediaTypes } from '@lading/oci';
import type { Repository } from '@lading/store';
import { inlineCacheAnnotation } from '../cache/transfer/cache-document.ts';
import { baseAnnotations, baseImage } from '../output/base-annotations.ts';
import { configOf, stateOf } from '../stage-state.ts';
import { mergeConfig } from './merge-config.ts';
import { type PlanRebaseRequest, planReasons, planRebase, type RebasePlan } from './plan-rebase.ts';
import { upperInstructions } from './upper-instructions.ts';

export interface RebaseImageRequest extends PlanRebaseRequest {
  /** By which the new base is called. */
  readonly ontoName: string;
}

export interface Rebased {
  readonly manifest: Descriptor;
  readonly plan: RebasePlan;
}

/**
 * Puts the layers above a base on another one. No layer is written, and their content has to be where `output` finds it. Where every layer was made
 * by `COPY --link` the result is, byte for byte, what a build on the new base gives. Throws REBASE_REFUSED when that is not safe, with the
 * plan in its details; `force` does it nevertheless.
 */
export async function rebaseImage(output: Repository, request: RebaseImageRequest, io: Io = {}): Promise<Rebased> {
  const { image, base, onto, ontoName, force = false } = request;
  const plan = await planRebase(request, io);
  if (!plan.safe && (!force || !plan.possible)) throw refused(plan);
  const [before, after] = [stateOf(base), stateOf(onto)];
  const instructions = upperInstructions(image, base);
  const layers = [...onto.layers, ...image.layers.slice(base.layers.length)];
  const { author, created } = image.config;
  const merged = configOf(
    {
      ...after,
      layers,
      config: mergeConfig(before.config, stateOf(image).config, after.config, instructions),
      history: [...after.history, ...instructions.map(({ history }) => history)],
      author: author === before.author ? after.author : author,
    },
    0,
  );
  const manifest = await writeImage(output, {
    config: { ...merged, created: created ?? merged.created ?? '' },
    layers: layers.map(({ descriptor }) => descriptor),
    annotations: { ...baseAnnotations(baseImage(onto, ontoName)), ...ownAnnotations(image.manifest.annotations) },
    format: image.descriptor.mediaType === mediaTypes.dockerManifest ? 'docker' : 'oci',
    ...io,
  });
  return { manifest, plan };
}

/** Those that say nothing of the base, and nothing of where in the image layers stand. */
function ownAnnotations(annotations: Annotations = {}): Annotations {
  const { [annotationKeys.baseDigest]: _digest, [annotationKeys.baseName]: _name, ...others } = annotations;
  return Object.fromEntries(Object.entries(others).filter(([name]) => name !== inlineCacheAnnotation));
}

function refused(plan: RebasePlan): LadingError {
  const reasons = planReasons(plan);
  return new LadingError('REBASE_REFUSED', `Cannot rebase the image safely: ${reasons.join('; ')}`, {
    hint: plan.possible
      ? 'Build it again on the new base, or do it nevertheless with --force.'
      : 'Name the base that it was built on with --base.',
    details: { reasons, base: plan.base, onto: plan.onto },
  });
}
