import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Io } from '@lading/bytes';
import { ignorePatterns } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { type Image, type Layer, openImage } from '@lading/image';
import { formatPlatform, hostPlatform, matchPlatform, type Platform } from '@lading/oci';
import { holdLayers } from '../cache/hold-layers.ts';
import { isHere } from '../cache/is-here.ts';
import { openLocalContext } from '../context/local-context.ts';
import { sourceDateEpoch } from '../epoch.ts';
import { createFileSystems } from '../file-system.ts';
import { currentProfile } from '../format-profile.ts';
import { createLimiter } from '../internal/limiter.ts';
import { createMaterials } from '../materials.ts';
import { defaultCompression, sourceCompression } from '../output/layer-compression.ts';
import { type Taken, watchTaken } from '../provenance/watch-taken.ts';
import type { BuildEnvironment } from '../request.ts';
import { imageMaterial } from '../source/image-material.ts';
import { openSession } from '../step/open-session.ts';
import { type BuildImage, openBuildImage, orderOf, type RunImageNames, runImagesOf } from './build-image.ts';
import { detect } from './detect.ts';
import { exportImage } from './export.ts';
import { entriesBelow, fileEntry, filesOf, folderEntry, type Owner } from './folder-entries.ts';
import { launchMetadata } from './launch-metadata.ts';
import { chooseLauncher } from './launcher.ts';
import { findCachedLayers } from './layer-cache.ts';
import { readLifecycleMetadata } from './metadata.ts';
import type { Order } from './order.ts';
import { cachedLayer, filesKey, inPhase, type PhaseSession, stage } from './phase-session.ts';
import type { BuildpacksRequest, BuildpacksResult } from './request.ts';
import { type PreviousImage, restore } from './restore.ts';
import { runBuilds } from './run-builds.ts';
import { appFolder, layersFolder, planFile } from './run-program.ts';
import { writeSboms } from './sboms.ts';
import { type BuildpackSource, openBuildpack } from './sources.ts';
import { targetOf } from './target.ts';

/**
 * Builds an application with Cloud Native Buildpacks: detect, restore, build, export (platform API 0.15, buildpack API 0.7 to 0.12).
 * Equal inputs give an equal manifest as long as the buildpacks do their part. Throws BUILDPACKS_UNDETECTED, BUILD_STEP_FAILED (details
 * hold buildpack, exitCode and the end of the output), BUILDPACK_INVALID, BUILD_UNSUPPORTED, BUILD_INVALID, INTERRUPTED, and what
 * `resolveBase` and the store throw. After an error no image was written.
 */
export async function buildWithBuildpacks(
  request: BuildpacksRequest,
  environment: BuildEnvironment,
  io: Io = {},
): Promise<BuildpacksResult> {
  const platform = runnable(request.platform ?? hostPlatform());
  const { execEnv = 'production', env = {}, network = 'host' } = checked(request);
  await using leases = holdLayers(environment.output.content);
  const epoch = request.epoch ?? sourceDateEpoch();
  const taken = await openApp(request);
  const session: PhaseSession = {
    ...openSession(environment, leases),
    ...{ platform, epoch, snapshots: environment.snapshots, reports: [] },
    noCache: request.noCache === true,
    fileSystems: createFileSystems(),
    context: taken.source,
    spoolFolder: join(environment.cacheFolder, 'spool'),
    limiter: createLimiter(request.workers ?? availableParallelism()),
    compression: sourceCompression,
    imageCompression: request.compression ?? defaultCompression,
    materials: createMaterials(),
    signal: io.signal,
  };
  const resolveImage = async (name: string): Promise<Image> => {
    const image = await environment.resolveBase(name, platform, session);
    for (const { descriptor } of image.layers)
      if (await isHere(environment.output.content, descriptor.digest)) leases.hold(descriptor.digest);
    session.materials.add(imageMaterial(name, image));
    return image;
  };

  const sources: BuildpackSource[] = [];
  try {
    for (const name of request.buildpacks ?? [])
      sources.push(await openBuildpack(session, name, { resolveBase: (reference) => resolveImage(reference) }));
    const buildImage = await resolveImage(request.buildImage);
    session.emit({ kind: 'stage-base', stage, name: request.buildImage, digest: buildImage.descriptor.digest });
    const build = await openBuildImage(session, buildImage, sources);
    const runImageNames = await chooseRunImage(request, build, buildImage);
    const runImage = await resolveImage(runImageNames.image);
    const target = targetOf(runImage, await build.text('/etc/os-release'));
    const owner: Owner = { uid: build.user.uid, gid: build.user.gid };
    const app = await appLayer(session, taken, owner);

    const order = request.order ?? givenOrder(sources) ?? (await orderOf(build)) ?? noBuildpacks(request);
    const snapshot = await (await session.snapshots()).ensure(
      [...build.layers, app].map((layer) => ({ diffId: layer.diffId, open: () => layer.uncompressed(session) })),
      session,
    );
    const { group, plan } = await detect(session, { build, snapshot, order, target, execEnv, env, network });

    const previous = session.noCache ? undefined : previousOf(request, execEnv);
    const cacheName = request.cacheName === undefined ? undefined : `${request.cacheName} ${execEnv}`;
    const { found: cached, restored } = await inPhase(session, 'restore', async (step) => {
      const found = step.noCache || cacheName === undefined ? [] : await findCachedLayers(step, cacheName);
      const { layer, contents, ...done } = await restore(step, { group, previous, cached: found, owner });
      return { ...done, layer, restored: [layer, ...contents], found };
    });
    const options = { build, group, plan, layers: [app, ...restored], target, execEnv, env, network };
    const { layers, outputs } = await runBuilds(session, options);

    const system = await session.fileSystems.open(layers, session);
    const launch = launchMetadata(outputs, request.processType);
    const launcher = await chooseLauncher(build, buildImage);
    const { manifest, reusedLayers } = await inPhase(session, 'export', (step) =>
      exportImage(step, {
        ...{ system, outputs, launch, launcher, runImage, runImageNames, previous, cached, cacheName, owner, execEnv },
        ...{ project: request.project ?? {}, labels: request.labels ?? {}, request },
      }),
    );
    const image = await openImage(environment.output, manifest.digest, { platform, ...io });
    const config = image.manifest.config.digest;
    await leases.confirm(io);
    return {
      images: [{ platform, manifest, config, layers: image.manifest.layers, steps: session.reports }],
      ...{ manifest, epoch, reusedLayers, formatProfile: request.formatProfile ?? currentProfile },
      ...{ materials: session.materials.list(), outcomes: session.cache.used },
      buildpacks: group.map(({ id, version }) => ({ id, version })),
      processes: launch.processes.map(({ type }) => type),
      defaultProcess: launch.defaultType,
      launcher: launcher.from,
      sboms: request.sbomFolder === undefined ? [] : await writeSboms(system, outputs, request.sbomFolder, session),
    };
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
}

function runnable(platform: Platform): Platform {
  if (matchPlatform(hostPlatform(), platform)) return platform;
  throw new LadingError(
    'BUILD_UNSUPPORTED',
    `Cannot run buildpacks for ${formatPlatform(platform)} on ${formatPlatform(hostPlatform())}`,
    { hint: 'Build on a machine of that platform.' },
  );
}

/** Variables become names of files, and the name of an execution environment part of a key. */
function checked(request: BuildpacksRequest): BuildpacksRequest {
  const bad = Object.keys(request.env ?? {}).find((name) => !/^[^=/\0]+$/.test(name) || /^\.{1,2}$/.test(name));
  if (bad !== undefined)
    throw new LadingError('USAGE', `Cannot set the variable ${JSON.stringify(bad)}: it is not a name`);
  if (request.execEnv !== undefined && !/^[^/\s]+$/.test(request.execEnv))
    throw new LadingError('USAGE', `Cannot build for the execution environment ${JSON.stringify(request.execEnv)}`, {
      hint: 'It is a word without "/", such as production or test.',
    });
  return request;
}

async function openApp({ context, exclude = [] }: BuildpacksRequest): Promise<Taken> {
  return watchTaken(await openLocalContext({ folder: context, ignore: ignorePatterns(exclude), epoch: 0 }));
}

/** The application and the folders of the lifecycle, owned by who buildpacks run as (platform API §usage, defaults). */
async function appLayer(session: PhaseSession, taken: Taken, owner: Owner): Promise<Layer> {
  const { context } = session;
  const { layer } = await inPhase(session, 'add the application', async (step) => {
    const files = await filesOf(context);
    const key = await filesKey(step, context, files, { app: appFolder, owner: `${owner.uid}:${owner.gid}` });
    return cachedLayer(step, key, async function* () {
      yield folderEntry(layersFolder.slice(1), owner);
      yield folderEntry(planFile.slice(1, planFile.lastIndexOf('/')), owner);
      yield fileEntry(planFile.slice(1), owner, '');
      yield folderEntry(appFolder.slice(1), owner);
      yield* entriesBelow(appFolder.slice(1), context, files, owner, step);
    });
  });
  const material = taken.material('context', 'local:context');
  if (material !== undefined) session.materials.add(material);
  return layer;
}

async function chooseRunImage(request: BuildpacksRequest, build: BuildImage, image: Image): Promise<RunImageNames> {
  const offered = await runImagesOf(build, image);
  const name = request.runImage ?? offered[0]?.image;
  if (name === undefined || name === '') {
    throw new LadingError('BUILD_INVALID', `Cannot build on ${request.buildImage}: it names no run image`, {
      hint: 'Say with --run-image what the application is put on.',
    });
  }
  return offered.find((one) => one.image === name || one.mirrors.includes(name)) ?? { image: name, mirrors: [] };
}

function givenOrder(sources: readonly BuildpackSource[]): Order | undefined {
  if (sources.length === 0) return undefined;
  return [sources.map(({ id, version }) => ({ id, version, optional: false, execEnv: [] }))];
}

function noBuildpacks({ buildImage }: BuildpacksRequest): never {
  throw new LadingError('BUILD_INVALID', `Cannot build on ${buildImage}: it brings no order of buildpacks`, {
    hint: 'Give buildpacks with --buildpack, or a builder image.',
  });
}

/** One that no buildpacks platform made, or for another execution environment, has nothing to give. */
function previousOf({ previous }: BuildpacksRequest, execEnv: string): PreviousImage | undefined {
  if (previous === undefined) return undefined;
  const metadata = readLifecycleMetadata(previous.config.config?.Labels);
  if (metadata === undefined || (metadata['exec-env'] ?? 'production') !== execEnv) return undefined;
  return { image: previous, metadata };
}
