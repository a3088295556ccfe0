import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { openImage } from '@lading/image';
import type { Platform } from '@lading/oci';
import { holdLayers } from './cache/hold-layers.ts';
import { currentProfile } from './format-profile.ts';
import { createLimiter } from './internal/limiter.ts';
import { defaultCompression, stepCompression } from './output/layer-compression.ts';
import { writeResult } from './output/write-result.ts';
import { architectureFor } from './recipe/architecture.ts';
import { recipeEpoch } from './recipe/assemble.ts';
import { sayIn } from './recipe/assemble-in-steps.ts';
import { buildArchitecture } from './recipe/build-architecture.ts';
import { type Lock, type LockedPackage, lockPathOf } from './recipe/lock.ts';
import { lockFor, type ResolvedLock } from './recipe/lock-recipe.ts';
import { packageMaterial } from './recipe/package-material.ts';
import { readRecipe } from './recipe/read-recipe.ts';
import type { Recipe } from './recipe/recipe.ts';
import type { LockOptions } from './recipe/recipe-options.ts';
import type { RecipeRequest } from './recipe/recipe-request.ts';
import { recipeSources, sourceMaterial } from './recipe/recipe-sources.ts';
import type { BuildResult, BuiltImage, ResolvedContext, StepReport } from './request.ts';
import { inStep } from './step/in-step.ts';
import { openSession, type RecordingEnvironment } from './step/open-session.ts';
import type { LayerSession } from './step/session.ts';

export interface RecipeResult extends BuildResult {
  readonly lock: 'kept' | 'created' | 'replaced';
  readonly lockFile: string;
  /** Of all architectures that were built. */
  readonly packages: readonly LockedPackage[];
}

/**
 * Builds an image from a recipe, or an index of one image for each of its architectures. The same recipe, lock and epoch give the same
 * bytes wherever and whenever. Without a lock file one is written beside the recipe; it answers for all architectures. Throws
 * RECIPE_INVALID, PACKAGE_UNRESOLVED, MIRROR_UNREACHABLE, MIRROR_UNTRUSTED, PACKAGE_INVALID, INTERRUPTED; then no image was recorded
 * but those of architectures that were done.
 */
export async function buildRecipe(
  request: RecipeRequest,
  environment: RecordingEnvironment,
  io: Io = {},
): Promise<RecipeResult> {
  const recipe = await readRecipe(resolve(request.file));
  const { output, cacheFolder } = environment;
  const { platforms, workers, compression = defaultCompression, formatProfile = currentProfile } = request;
  const architectures = platforms?.map((one) => architectureOf(recipe, one)) ?? recipe.architectures;
  await using leases = holdLayers(output.content);
  const session: LayerSession = {
    ...openSession(environment, leases),
    noCache: request.noCache === true,
    limiter: createLimiter(workers ?? availableParallelism()),
    compression: stepCompression(compression),
    imageCompression: compression,
    signal: io.signal,
  };
  const options: LockOptions = {
    cacheFolder: resolve(cacheFolder, 'packages'),
    signal: io.signal,
    allowExpired: request.allowExpired,
    ...(workers === undefined ? {} : { concurrency: workers }),
  };
  const { lock, outcome, lockFile, report } = await lockInStep(session, request, recipe, architectures, options);
  const epoch = request.epoch ?? recipeEpoch(lock);
  const sources = await recipeSources(recipe, io);
  const images: BuiltImage[] = [];
  for (const architecture of architectures) {
    const image = await buildArchitecture(session, {
      ...{ recipe, lock, architecture, epoch, sources, options },
      ...{ labels: request.labels, annotations: request.annotations, mediaTypes: request.mediaTypes },
    });
    images.push({ ...image, steps: [report, ...image.steps] });
  }
  const manifest = await writeResult(output, images, request, io);
  const packages = packagesOf(lock, architectures);
  await leases.confirm(io);
  return {
    ...{ manifest, images, epoch, formatProfile, outcomes: session.cache.used },
    materials: [...packages.map((one) => packageMaterial(recipe, one)), ...sources.map(sourceMaterial)],
    lock: outcome,
    lockFile,
    packages,
  };
}

/** What the recipe resolves to, as a step: from its lock file, or from the archives. */
async function lockInStep(
  session: LayerSession,
  { file, lock: mode = 'use' }: RecipeRequest,
  recipe: Recipe,
  architectures: readonly string[],
  options: LockOptions,
): Promise<ResolvedLock & { readonly lockFile: string; readonly report: StepReport }> {
  const stage = basename(file);
  const step = { id: `${stage} ${architectures.join()} resolve`, title: `${stage} resolve packages`, stage };
  const lockFile = lockPathOf(resolve(file));
  const { done, report } = await inStep(session, step, async () => {
    const resolved = await lockFor(recipe, lockFile, mode, { ...options, onProgress: sayIn(session, step) });
    return { ...resolved, cached: resolved.outcome === 'kept' };
  });
  return { lock: done.lock, outcome: done.outcome, lockFile, report };
}

/**
 * A recipe as the base of a build: built for one platform, or taken from the cache, and opened. What `FROM recipe:base.yaml` starts
 * from. Throws as `buildRecipe()` does, and RECIPE_INVALID when the recipe does not name the platform's architecture.
 */
export async function resolveRecipeStage(
  request: Omit<RecipeRequest, 'platforms'> & { readonly platform: Platform },
  environment: RecordingEnvironment,
  io: Io = {},
): Promise<ResolvedContext & { readonly result: RecipeResult }> {
  const { platform, ...rest } = request;
  const result = await buildRecipe({ ...rest, platforms: [platform] }, environment, io);
  const image = await openImage(environment.output, result.manifest.digest, { platform, ...io });
  return { image, materials: result.materials, result };
}

function architectureOf(recipe: Recipe, platform: Platform): string {
  const architecture = architectureFor(recipe.distro, platform);
  if (architecture !== undefined && recipe.architectures.includes(architecture)) return architecture;
  const wanted = [platform.os, platform.architecture, platform.variant].filter((part) => part !== undefined).join('/');
  throw new LadingError(
    'RECIPE_INVALID',
    `Cannot build ${recipe.name} for ${wanted}: it is not one of its architectures`,
    {
      hint: `It is for ${recipe.architectures.join(', ')}; add the one that is missing under "architectures".`,
    },
  );
}

function packagesOf(lock: Lock, architectures: readonly string[]): LockedPackage[] {
  const all = architectures.flatMap((architecture) => lock.packages[architecture] ?? []);
  return [...new Map(all.map((one) => [one.sha256, one])).values()];
}
