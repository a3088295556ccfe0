import { availableParallelism } from 'node:os';
import type { Io } from '@lading/bytes';
import { type Dockerfile, parseDockerfile } from '@lading/dockerfile';
import { interrupted, nearest } from '@lading/errors';
import { formatPlatform, hostPlatform, type Platform } from '@lading/oci';
import { type BuildImageOptions, buildImage } from './build-image.ts';
import { holdLayers } from './cache/hold-layers.ts';
import { isHere } from './cache/is-here.ts';
import { openLayerIndexes } from './cache/layer-indexes.ts';
import { NamedContexts } from './context/named-contexts.ts';
import { isPredefinedArg } from './dockerfile/scope.ts';
import { targetStage } from './dockerfile/stages.ts';
import { timesOf } from './epoch.ts';
import { createFileSystems } from './file-system.ts';
import { currentProfile } from './format-profile.ts';
import { openInputs } from './inputs.ts';
import { createLimiter } from './internal/limiter.ts';
import { buildChecks } from './lint/build-checks.ts';
import { Pins } from './lock/pins.ts';
import { requirePins } from './lock/require-pins.ts';
import { createMaterials } from './materials.ts';
import { defaultCompression, stepCompression } from './output/layer-compression.ts';
import { writeResult } from './output/write-result.ts';
import { watchTaken } from './provenance/watch-taken.ts';
import type { BuildEnvironment, BuildRequest, BuildResult } from './request.ts';
import { openRunEnvironment } from './run/run-environment.ts';
import { imageMaterial } from './source/image-material.ts';
import { openSession } from './step/open-session.ts';
import type { DockerfileSession } from './step/session.ts';

/**
 * Builds an image from a Dockerfile, or for several platforms an index of images: equal inputs give an equal manifest, wherever,
 * whenever and with however many workers. Stages that the target does not need are not built, and steps that are equal for several
 * platforms run once. Throws DOCKERFILE_INVALID, BUILD_INVALID, BUILD_UNSUPPORTED, BUILD_STEP_FAILED (details hold line, exitCode and the
 * end of the output), FILE_NOT_FOUND, INTERRUPTED, and what `resolveBase` and the store throw. After an error nothing was recorded;
 * steps that were done stay in the cache.
 */
export async function build(request: BuildRequest, environment: BuildEnvironment, io: Io = {}): Promise<BuildResult> {
  await using inputs = await openInputs(request, environment, io);
  const dockerfile = parseDockerfile(inputs.dockerfile.text, { filename: inputs.dockerfile.name });
  const target = targetStage(dockerfile, request.target);
  const platforms = distinct(request.platforms ?? [hostPlatform()]);
  const buildArgs = request.buildArgs ?? {};
  const { epoch, created } = await timesOf(request, dockerfile, inputs.context);
  const { compression = defaultCompression, formatProfile = currentProfile } = request;
  noticeUnusedArgs(dockerfile, buildArgs, environment);
  const [platform = hostPlatform()] = platforms;
  for (const text of buildChecks({ dockerfile, target, buildArgs, platform, ignore: inputs.ignore }))
    environment.onEvent?.({ kind: 'notice', text });

  // One failed stage stops the others.
  const failed = new AbortController();
  const signal = io.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, io.signal]);
  await using leases = holdLayers(environment.output.content);
  const { remotes, limits, spoolFolder } = inputs;
  const pins = new Pins({
    lock: request.pins ?? inputs.lock,
    locked: request.locked === true,
    dockerfile: dockerfile.filename,
  });
  const materials = createMaterials();
  for (const material of inputs.materials) materials.add(material);
  const resolveBase = eachOnce(async (reference, wanted) => {
    const image = await environment.resolveBase(pins.imageReference(reference), wanted, { signal });
    for (const { descriptor } of image.layers)
      if (await isHere(environment.output.content, descriptor.digest)) leases.hold(descriptor.digest);
    materials.add(imageMaterial(reference, image));
    return image;
  });
  await using contexts = new NamedContexts({
    folder: inputs.context.folder,
    ...{ contexts: request.contexts ?? {}, output: environment.output, remotes, pins, materials, epoch },
    ...{ image: resolveBase, resolveOther: environment.resolveContext, archives: { spoolFolder, limits, signal } },
  });
  const taken = watchTaken(await inputs.context.files(inputs.ignore, epoch));
  const session: Omit<DockerfileSession, 'platform'> = {
    ...openSession(environment, leases),
    ...{ epoch, created, remotes, pins, limits, contexts, spoolFolder, materials },
    run: openRunEnvironment(request, environment.cacheFolder, (text) =>
      environment.onEvent?.({ kind: 'notice', text }),
    ),
    noCache: request.noCache === true,
    fileSystems: createFileSystems(limits, openLayerIndexes(environment.cacheFolder)),
    snapshots: environment.snapshots,
    context: taken.source,
    limiter: createLimiter(request.workers ?? availableParallelism()),
    compression: stepCompression(compression),
    imageCompression: compression,
    signal,
  };
  await requirePins({ dockerfile, target, request, platform: platforms[0] ?? hostPlatform(), created, pins, contexts });
  const builds = platforms.map((platform) =>
    buildImage({
      session: { ...session, platform },
      ...{ dockerfile, target, request, resolveBase },
      prefix: platforms.length === 1 ? '' : `${formatPlatform(platform)} `,
    }),
  );
  try {
    const images = await Promise.all(builds.map(({ image }) => image));
    await leases.confirm({ signal });
    const manifest = await writeResult(session.output, images, request, session);
    const { path, text } = inputs.dockerfile;
    const context = inputs.context.material === undefined ? taken.material('context', 'local:context') : undefined;
    if (context !== undefined) materials.add(context);
    return {
      manifest,
      images,
      epoch,
      created,
      formatProfile,
      materials: session.materials.list(),
      dockerfile: { path, text },
      outcomes: session.cache.used,
    };
  } catch (error) {
    failed.abort(error);
    // What the others hold is released before the build ends.
    await Promise.all(builds.map((one) => one.settled()));
    throw io.signal?.aborted === true ? interrupted(io.signal) : error;
  }
}

function distinct(platforms: readonly Platform[]): readonly Platform[] {
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}

type ResolveBase = BuildImageOptions['resolveBase'];

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
