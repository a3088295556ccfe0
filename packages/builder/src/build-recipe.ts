import { resolve } from 'node:path';
import { fromFile, type Io } from '@lading/bytes';
import { type Layer, layerOf, openImage, writeImage, writeLayer } from '@lading/image';
import { type Annotations, Digester } from '@lading/oci';
import type { Repository } from '@lading/store';
import { holdLayers } from './cache/hold-layers.ts';
import { openStepCache, type StepOutcome } from './cache/step-cache.ts';
import { stepKey } from './cache/step-key.ts';
import { isoTime } from './epoch.ts';
import { platformOfDebian } from './recipe/architecture.ts';
import { assembleRootfs, executionConfig, recipeEpoch } from './recipe/assemble.ts';
import { type Lock, type LockedPackage, lockPathOf } from './recipe/lock.ts';
import { type LockMode, lockFor, type RecipeOptions } from './recipe/lock-recipe.ts';
import { readRecipe } from './recipe/read-recipe.ts';
import type { Recipe } from './recipe/recipe.ts';
import type { BuiltImage } from './request.ts';

export interface RecipeRequest {
  /** The `image.yaml`. */
  readonly file: string;
  /** Debian's name of one of the recipe's architectures; its first unless told. */
  readonly architecture?: string | undefined;
  /** `use` unless told. */
  readonly lock?: LockMode | undefined;
  /** Takes Release files whose Valid-Until has passed. */
  readonly allowExpired?: boolean | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Annotations | undefined;
  readonly noCache?: boolean | undefined;
  /** Seconds since 1970 that no file is newer than; `SOURCE_DATE_EPOCH`, else the lock's, unless told. */
  readonly epoch?: number | undefined;
  /** Downloads and unpackings at a time. The result does not depend on it. */
  readonly workers?: number | undefined;
}

export interface RecipeEnvironment {
  readonly output: Repository;
  /** Packages and results of earlier builds; may be deleted at any time. */
  readonly cacheFolder: string;
  readonly onProgress?: RecipeOptions['onProgress'];
}

export interface RecipeResult extends BuiltImage {
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly lock: 'kept' | 'created' | 'replaced';
  readonly lockFile: string;
  readonly packages: readonly LockedPackage[];
}

/**
 * Builds an image from a recipe. The same recipe, lock and epoch give the same bytes wherever and whenever. Without a lock file
 * one is written beside the recipe. Throws RECIPE_INVALID, PACKAGE_UNRESOLVED, MIRROR_UNREACHABLE, MIRROR_UNTRUSTED,
 * PACKAGE_INVALID, INTERRUPTED; then no image was written.
 */
export async function buildRecipe(
  request: RecipeRequest,
  environment: RecipeEnvironment,
  io: Io = {},
): Promise<RecipeResult> {
  const recipe = await readRecipe(resolve(request.file));
  const { output, cacheFolder } = environment;
  const options = {
    cacheFolder: resolve(cacheFolder, 'packages'),
    onProgress: environment.onProgress,
    signal: io.signal,
    allowExpired: request.allowExpired,
    ...(request.workers === undefined ? {} : { concurrency: request.workers }),
  };
  const lockFile = lockPathOf(resolve(request.file));
  const { lock, outcome } = await lockFor(recipe, lockFile, request.lock ?? 'use', options);
  const architecture = request.architecture ?? recipe.architectures[0] ?? '';
  const epoch = request.epoch ?? recipeEpoch(lock);
  const started = performance.now();
  await using leases = holdLayers(output.content);
  const cache = openStepCache(cacheFolder, output.content, leases);
  const key = stepKey('recipe', {
    recipe: await recipeIdentity(recipe),
    packages: (lock.packages[architecture] ?? []).map((one) => `${one.name} ${one.version} ${one.sha256}`),
    architecture,
    epoch: String(epoch),
  });
  const known = request.noCache === true ? undefined : await cache.find(key.digest, io);
  const outcomeOfStep = known ?? (await assemble(recipe, lock, architecture, epoch, options, output, io));
  if (known === undefined) await cache.keep(key.digest, outcomeOfStep);

  const packages = lock.packages[architecture] ?? [];
  const platform = platformOfDebian(architecture);
  const createdBy = `lading recipe: ${recipe.distro} ${recipe.suite} ${recipe.variant}, ${packages.length} packages`;
  const layers = layersOf(output, outcomeOfStep);
  const config = executionConfig(recipe);
  const labels = { ...config.Labels, ...request.labels };
  const manifest = await writeImage(output, {
    config: {
      created: isoTime(epoch),
      architecture: platform.architecture,
      os: platform.os,
      ...(platform.variant === undefined ? {} : { variant: platform.variant }),
      config: { ...config, ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }) },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      history: [{ created: isoTime(epoch), created_by: createdBy }],
    },
    layers: layers.map((layer) => layer.descriptor),
    annotations: annotationsOf(recipe, request.annotations),
    ...io,
  });
  const image = await openImage(output, manifest.digest, { platform, ...io });
  const step = { title: createdBy, line: 1, cached: known !== undefined, durationMs: performance.now() - started };
  const [layer] = layers;
  return {
    manifest,
    config: image.manifest.config.digest,
    layers: image.manifest.layers,
    platform,
    epoch,
    steps: [layer === undefined ? step : { ...step, layer: layer.descriptor }],
    lock: outcome,
    lockFile,
    packages,
  };
}

async function assemble(
  recipe: Recipe,
  lock: Lock,
  architecture: string,
  epoch: number,
  options: RecipeOptions,
  output: Repository,
  io: Io,
): Promise<StepOutcome> {
  await using root = await assembleRootfs(recipe, lock, { ...options, architecture, epoch });
  const [only] = root.layers;
  return only === undefined ? {} : { layer: await writeLayer(output, only.tar(io.signal), io) };
}

function layersOf(output: Repository, outcome: StepOutcome): Pick<Layer, 'descriptor' | 'diffId'>[] {
  return outcome.layer === undefined ? [] : [layerOf(output.content, outcome.layer.descriptor, outcome.layer.diffId)];
}

function annotationsOf(recipe: Recipe, added: Annotations | undefined): Annotations | undefined {
  const all = { ...recipe.annotations, ...added };
  return Object.keys(all).length === 0 ? undefined : all;
}

/** Everything of a recipe that its files depend on, the content of the files it takes in included; not where it lies. */
async function recipeIdentity(recipe: Recipe): Promise<string> {
  const { name: _name, folder, mirrors: _mirrors, keyring: _keyring, ...rest } = recipe;
  const sources: (readonly [source: string, digest: string])[] = [];
  for (const { source } of recipe.paths) {
    if (source === undefined) continue;
    const digester = new Digester();
    for await (const chunk of fromFile(resolve(folder, source))) digester.update(chunk);
    sources.push([source, digester.digest()]);
  }
  return JSON.stringify([rest, sources]);
}
