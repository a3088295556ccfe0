import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Io } from '@lading/bytes';
import { type Dockerfile, parseDockerfile } from '@lading/dockerfile';
import { interrupted, LadingError, messageOf, nearest } from '@lading/errors';
import { writeIndex } from '@lading/image';
import { type Descriptor, formatPlatform, hostPlatform, type Platform } from '@lading/oci';
import { type BuildImageOptions, buildImage } from './build-image.ts';
import { holdLayers } from './cache/hold-layers.ts';
import { withImports } from './cache/imported-cache.ts';
import { openKeyRecords } from './cache/key-records.ts';
import { openStepCache } from './cache/step-cache.ts';
import { openDigestCache } from './context/digest-cache.ts';
import { openLocalContext } from './context/local-context.ts';
import { readIgnoreFile } from './context/read-ignore-file.ts';
import { isPredefinedArg } from './dockerfile/scope.ts';
import { targetStage } from './dockerfile/stages.ts';
import { sourceDateEpoch } from './epoch.ts';
import { createFileSystems } from './file-system.ts';
import { currentProfile } from './format-profile.ts';
import { createExplainer } from './history/explain-step.ts';
import { createLimiter } from './internal/limiter.ts';
import { createMaterials } from './materials.ts';
import { defaultCompression, stepCompression } from './output/layer-compression.ts';
import type { BuildEnvironment, BuildRequest, BuildResult, BuiltImage } from './request.ts';
import type { BuildSession } from './step/session.ts';

/**
 * Builds an image from a Dockerfile, or for several platforms an index of images: equal inputs give an equal manifest, wherever,
 * whenever and with however many workers. Stages that the target does not need are not built, and steps that are equal for several
 * platforms run once. Throws DOCKERFILE_INVALID, BUILD_INVALID, BUILD_UNSUPPORTED, BUILD_STEP_FAILED (details hold line, exitCode and the
 * end of the output), FILE_NOT_FOUND, INTERRUPTED, and what `resolveBase` and the store throw. After an error nothing was recorded;
 * steps that were done stay in the cache.
 */
export async function build(request: BuildRequest, environment: BuildEnvironment, io: Io = {}): Promise<BuildResult> {
  const file = resolve(request.file ?? join(request.context, 'Dockerfile'));
  const dockerfile = parseDockerfile(await readDockerfile(file), { filename: basename(file) });
  const target = targetStage(dockerfile, request.target);
  const platforms = distinct(request.platforms ?? [hostPlatform()]);
  const buildArgs = request.buildArgs ?? {};
  const epoch = request.epoch ?? sourceDateEpoch({ ...process.env, ...buildArgs });
  const { compression = defaultCompression, formatProfile = currentProfile } = request;
  noticeUnusedArgs(dockerfile, buildArgs, environment);

  // One failed stage stops the others.
  const failed = new AbortController();
  const signal = io.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, io.signal]);
  await using leases = holdLayers(environment.output.content);
  const { recorder, isFetchable, caches = [] } = environment;
  const ownCache = openStepCache(environment.cacheFolder, environment.output.content, leases, {
    build: recorder?.id,
    isFetchable,
  });
  const cache = withImports(ownCache, caches);
  const digestCache = openDigestCache(environment.cacheFolder, resolve(request.context));
  const session: Omit<BuildSession, 'platform'> = {
    output: environment.output,
    epoch,
    noCache: request.noCache === true,
    cache,
    explainer: createExplainer(openKeyRecords(environment.cacheFolder), environment.recorder),
    fileSystems: createFileSystems(),
    snapshots: environment.snapshots,
    context: await openLocalContext({
      folder: request.context,
      ignore: await readIgnoreFile(request.context, file),
      epoch,
      digestCache,
    }),
    spoolFolder: join(environment.cacheFolder, 'spool'),
    limiter: createLimiter(request.workers ?? availableParallelism()),
    emit: (event) => {
      recorder?.onEvent(event);
      environment.onEvent?.(event);
    },
    compression: stepCompression(compression),
    imageCompression: compression,
    running: new Map(),
    materials: createMaterials(),
    signal,
  };
  const resolveBase = eachOnce(async (reference, wanted) => {
    const image = await environment.resolveBase(reference, wanted, { signal });
    await Promise.all(image.layers.map((layer) => leases.hold(layer.descriptor.digest)));
    return image;
  });
  const builds = platforms.map((platform) =>
    buildImage({
      session: { ...session, platform },
      ...{ dockerfile, target, request, resolveBase },
      prefix: platforms.length === 1 ? '' : `${formatPlatform(platform)} `,
    }),
  );
  try {
    const images = await Promise.all(builds.map(({ image }) => image));
    const manifest = await manifestOf(session, images, request);
    return { manifest, images, epoch, formatProfile, materials: session.materials.list(), outcomes: cache.used };
  } catch (error) {
    failed.abort(error);
    // What the others hold is released before the build ends.
    await Promise.all(builds.map((one) => one.settled()));
    throw io.signal?.aborted === true ? interrupted(io.signal) : error;
  } finally {
    digestCache.save();
  }
}

function distinct(platforms: readonly Platform[]): readonly Platform[] {
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}

/** One platform: its image. Several: an index, recorded with its images. */
async function manifestOf(
  { output, signal }: Pick<BuildSession, 'output' | 'signal'>,
  images: readonly BuiltImage[],
  { indexAnnotations: annotations, descriptorAnnotations, mediaTypes: format }: BuildRequest,
): Promise<Descriptor> {
  const [only, ...others] = images;
  if (only !== undefined && others.length === 0) return only.manifest;
  const manifests = images.map(({ manifest, platform }) => ({
    ...manifest,
    platform,
    ...(descriptorAnnotations === undefined ? {} : { annotations: descriptorAnnotations }),
  }));
  return writeIndex(output, { manifests, annotations, format, signal });
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
