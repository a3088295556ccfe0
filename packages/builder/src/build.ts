import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Io } from '@lading/bytes';
import { type Dockerfile, parseDockerfile } from '@lading/dockerfile';
import { interrupted, LadingError, messageOf, nearest } from '@lading/errors';
import { openImage, writeImage } from '@lading/image';
import { formatPlatform, hostPlatform } from '@lading/oci';
import { holdLayers } from './cache/hold-layers.ts';
import { openStepCache } from './cache/step-cache.ts';
import { openLocalContext } from './context/local-context.ts';
import { readIgnoreFile } from './context/read-ignore-file.ts';
import { globalScope, isPredefinedArg } from './dockerfile/scope.ts';
import { imageStages, neededStages, targetStage } from './dockerfile/stages.ts';
import { sourceDateEpoch } from './epoch.ts';
import { createFileSystems } from './file-system.ts';
import { createLimiter } from './internal/limiter.ts';
import { createMaterials } from './materials.ts';
import type { BuildEnvironment, BuildRequest, BuildResult } from './request.ts';
import { StageBuilder, type StageBuilderOptions } from './stage-builder.ts';
import { configOf, type StageState } from './stage-state.ts';
import { type BuildSession, imageCompression, inImage } from './step/session.ts';

/**
 * Builds an image from a Dockerfile: equal inputs give an equal manifest, wherever, whenever and with however many workers.
 * Stages that the target does not need are not built. Throws DOCKERFILE_INVALID, BUILD_INVALID, BUILD_UNSUPPORTED,
 * BUILD_STEP_FAILED (details hold line, exitCode and the end of the output), FILE_NOT_FOUND, INTERRUPTED, and what
 * `resolveBase` and the store throw. After an error nothing was recorded; steps that were done stay in the cache.
 */
export async function build(request: BuildRequest, environment: BuildEnvironment, io: Io = {}): Promise<BuildResult> {
  const file = resolve(request.file ?? join(request.context, 'Dockerfile'));
  const dockerfile = parseDockerfile(await readDockerfile(file), { filename: basename(file) });
  const target = targetStage(dockerfile, request.target);
  const platform = request.platform ?? hostPlatform();
  const buildArgs = request.buildArgs ?? {};
  const epoch = request.epoch ?? sourceDateEpoch({ ...process.env, ...buildArgs });
  noticeUnusedArgs(dockerfile, buildArgs, environment);

  // One failed stage stops the others.
  const failed = new AbortController();
  const signal = io.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, io.signal]);
  await using leases = holdLayers(environment.output.content);
  const session: BuildSession = {
    output: environment.output,
    platform,
    epoch,
    noCache: request.noCache === true,
    cache: openStepCache(environment.cacheFolder, environment.output.content, leases),
    fileSystems: createFileSystems(),
    snapshots: environment.snapshots,
    context: await openLocalContext({
      folder: request.context,
      ignore: await readIgnoreFile(request.context, file),
      epoch,
    }),
    spoolFolder: join(environment.cacheFolder, 'spool'),
    limiter: createLimiter(request.workers ?? availableParallelism()),
    emit: environment.onEvent ?? (() => {}),
    compression: imageCompression,
    running: new Map(),
    materials: createMaterials(),
    signal,
  };
  const stages = new StageBuilder({
    session,
    dockerfile,
    global: globalScope(dockerfile, buildArgs, platform, target.name ?? 'default', epoch),
    buildArgs,
    resolveBase: eachOnce(async (reference, wanted) => {
      const image = await environment.resolveBase(reference, wanted, { signal });
      await Promise.all(image.layers.map((layer) => leases.hold(layer.descriptor.digest)));
      return image;
    }),
    inImage: (stage) => imageStages(dockerfile, target, (one) => stages.baseOf(one)).has(stage),
  });
  const needed = neededStages(dockerfile, target, (stage) => stages.baseOf(stage));
  try {
    await Promise.all(needed.map((stage) => stages.build(stage)));
    const built = await Promise.all(stages.all());
    const { state } = await stages.build(target);
    const layers = await Promise.all(
      state.layers.map((layer, index) => (index < state.baseLayers ? layer : inImage(session, layer))),
    );
    const written = await write({ ...state, layers }, request, environment, epoch, { signal });
    const final = new Map(state.layers.map(({ descriptor }, index) => [descriptor.digest, layers[index]?.descriptor]));
    const steps = built.flatMap((stage) => stage.steps);
    return {
      ...written,
      steps: steps.map((step) => ({
        ...step,
        ...(step.layer && { layer: final.get(step.layer.digest) ?? step.layer }),
      })),
    };
  } catch (error) {
    failed.abort(error);
    // What the others hold is released before the build ends.
    await Promise.allSettled(stages.all());
    throw io.signal?.aborted === true ? interrupted(io.signal) : error;
  }
}

type ResolveBase = StageBuilderOptions['resolveBase'];

/** Asks for each image once: several stages then start from the same one, even when its tag moves meanwhile. */
function eachOnce(resolveBase: ResolveBase): ResolveBase {
  const asked = new Map<string, ReturnType<ResolveBase>>();
  return (reference, platform) => {
    const name = `${formatPlatform(platform)} ${reference}`;
    const image = asked.get(name) ?? resolveBase(reference, platform);
    asked.set(name, image);
    return image;
  };
}

async function readDockerfile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new LadingError(
      absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `Cannot read the Dockerfile ${file}: ${absent ? 'it does not exist' : messageOf(error)}`,
      { hint: 'Name it with --file, or give the folder that holds one.' },
    );
  }
}

async function write(
  state: StageState,
  request: BuildRequest,
  environment: BuildEnvironment,
  epoch: number,
  io: Io,
): Promise<Omit<BuildResult, 'steps'>> {
  const labels = request.labels ?? {};
  const labelled =
    Object.keys(labels).length === 0
      ? state
      : { ...state, config: { ...state.config, Labels: { ...state.config.Labels, ...labels } } };
  const manifest = await writeImage(environment.output, {
    config: configOf(labelled, epoch),
    layers: state.layers.map((layer) => layer.descriptor),
    annotations: request.annotations,
    ...io,
  });
  const image = await openImage(environment.output, manifest.digest, { platform: state.platform, ...io });
  return {
    manifest,
    config: image.manifest.config.digest,
    layers: image.manifest.layers,
    platform: state.platform,
    epoch,
  };
}

/** A build argument that nothing declares is most often a misspelling. */
function noticeUnusedArgs(
  dockerfile: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
  environment: BuildEnvironment,
): void {
  const declared = new Set(
    dockerfile.instructions.flatMap((instruction) =>
      instruction.keyword === 'ARG' ? instruction.args.map((arg) => arg.name) : [],
    ),
  );
  for (const name of Object.keys(buildArgs)) {
    if (declared.has(name) || isPredefinedArg(name)) continue;
    const meant = nearest(name, [...declared]);
    const text = `The build argument ${name} is not used: no ARG declares it`;
    environment.onEvent?.({ kind: 'notice', text: meant === undefined ? text : `${text}. Did you mean ${meant}?` });
  }
}
