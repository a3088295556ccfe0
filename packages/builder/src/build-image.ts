import type { Io } from '@lading/bytes';
import type { Dockerfile, Stage } from '@lading/dockerfile';
import { type Image, type Layer, openImage, writeImage } from '@lading/image';
import type { Annotations, Platform } from '@lading/oci';
import { inlineCache } from './cache/transfer/inline-cache.ts';
import { globalScope } from './dockerfile/scope.ts';
import { imageStages, neededStages } from './dockerfile/stages.ts';
import { baseAnnotations } from './output/base-annotations.ts';
import { baseLayer, imageLayer } from './output/image-layer.ts';
import { compressionName, defaultCompression } from './output/layer-compression.ts';
import { squash } from './output/squash.ts';
import type { BuildRequest, BuiltImage, StepReport } from './request.ts';
import { StageBuilder } from './stage-builder.ts';
import { configOf, type StageState } from './stage-state.ts';
import type { DockerfileSession } from './step/session.ts';

export interface BuildImageOptions {
  /** For the platform of the image. */
  readonly session: DockerfileSession;
  readonly dockerfile: Dockerfile;
  readonly target: Stage;
  readonly request: BuildRequest;
  readonly resolveBase: (reference: string, platform: Platform) => Promise<Image>;
  /** Before the titles of its steps. */
  readonly prefix: string;
}

/** An image under way: its stages are to be settled before the build ends, also when it fails. */
export interface ImageBuild {
  readonly image: Promise<BuiltImage>;
  readonly settled: () => Promise<unknown>;
}

/** Builds the image of one platform. Builds of several platforms run at the same time, and share what is equal. */
export function buildImage(options: BuildImageOptions): ImageBuild {
  const { session, dockerfile, target, request } = options;
  const { buildArgs = {} } = request;
  const stages = new StageBuilder({
    ...options,
    global: globalScope(dockerfile, buildArgs, session.platform, target.name ?? 'default', session.created),
    buildArgs,
    noCacheFilter: request.noCacheFilter ?? [],
    inImage: (stage) =>
      request.squash === undefined && imageStages(dockerfile, target, (one) => stages.baseOf(one)).has(stage),
  });

  const run = async (): Promise<BuiltImage> => {
    const needed = neededStages(dockerfile, target, (stage) => stages.baseOf(stage), session.contexts);
    await Promise.all(needed.map((stage) => stages.build(stage)));
    const built = await Promise.all(stages.all());
    const last = await stages.build(target);
    const { forceCompression = false } = request;
    const state = request.squash === undefined ? last.state : await squash(session, last.state, request.squash);
    const layers = await Promise.all(
      state.layers.map((layer, index) =>
        index < state.baseLayers ? baseLayer(session, layer, forceCompression) : imageLayer(session, layer),
      ),
    );
    const final = new Map(state.layers.map(({ descriptor }, index) => [descriptor.digest, layers[index]?.descriptor]));
    const steps = built.flatMap((stage) => stage.steps);
    const reports = steps.map((step) => ({
      ...step,
      ...(step.layer && { layer: final.get(step.layer.digest) ?? step.layer }),
    }));
    const annotations = {
      ...(request.squash === 'all' ? {} : baseAnnotations(state.base)),
      ...request.annotations,
      ...(request.inlineCache === true && inlineOf(session, reports, layers)),
    };
    return { ...(await write(session, { ...state, layers }, { ...request, annotations })), steps: reports };
  };
  const image = run();
  // Whoever waits sees a failure; the first of several ends the build.
  image.catch(() => {});
  return { image, settled: () => Promise.allSettled([image, ...stages.all()]) };
}

function inlineOf(
  { imageCompression }: DockerfileSession,
  steps: readonly StepReport[],
  layers: readonly Layer[],
): Annotations {
  const [name, usual] = [compressionName(imageCompression), compressionName(defaultCompression)];
  return inlineCache(
    steps,
    layers.map(({ descriptor }) => descriptor),
    name === usual ? undefined : name,
  );
}

async function write(
  session: DockerfileSession,
  state: StageState,
  { labels = {}, annotations, mediaTypes: format }: BuildRequest,
): Promise<Omit<BuiltImage, 'steps'>> {
  const io: Io = { signal: session.signal };
  const labelled =
    Object.keys(labels).length === 0
      ? state
      : { ...state, config: { ...state.config, Labels: { ...state.config.Labels, ...labels } } };
  const manifest = await writeImage(session.output, {
    config: configOf(labelled, session.created),
    layers: state.layers.map((layer) => layer.descriptor),
    annotations: Object.keys(annotations ?? {}).length === 0 ? undefined : annotations,
    format,
    ...io,
  });
  const image = await openImage(session.output, manifest.digest, { platform: state.platform, ...io });
  return { platform: state.platform, manifest, config: image.manifest.config.digest, layers: image.manifest.layers };
}
