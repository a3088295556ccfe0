import { resolve } from 'node:path';
import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { type Image, openImage, writeIndex } from '@lading/image';
import type { Annotations, Platform } from '@lading/oci';
import type { Repository } from '@lading/store';
import { holdLayers } from './cache/hold-layers.ts';
import { openStepCache } from './cache/step-cache.ts';
import { currentProfile } from './format-profile.ts';
import type { Material } from './materials.ts';
import { architectureFor } from './recipe/architecture.ts';
import { recipeEpoch } from './recipe/assemble.ts';
import { buildArchitecture } from './recipe/build-architecture.ts';
import { type Lock, type LockedPackage, lockPathOf } from './recipe/lock.ts';
import { type LockMode, lockFor } from './recipe/lock-recipe.ts';
import { packageMaterial } from './recipe/package-material.ts';
import { readRecipe } from './recipe/read-recipe.ts';
import type { Recipe } from './recipe/recipe.ts';
import type { RecipeOptions } from './recipe/recipe-options.ts';
import type { BuildResult, BuiltImage } from './request.ts';

export interface RecipeRequest {
  /** The `image.yaml`. */
  readonly file: string;
  /** Only the images for these, which the recipe must name. All that it names unless told. Several make an index. */
  readonly platforms?: readonly Platform[] | undefined;
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
  environment: RecipeEnvironment,
  io: Io = {},
): Promise<RecipeResult> {
  const recipe = await readRecipe(resolve(request.file));
  const { output, cacheFolder } = environment;
  const { platforms, annotations } = request;
  const architectures = platforms?.map((one) => architectureOf(recipe, one)) ?? recipe.architectures;
  const options = {
    cacheFolder: resolve(cacheFolder, 'packages'),
    onProgress: environment.onProgress,
    signal: io.signal,
    allowExpired: request.allowExpired,
    ...(request.workers === undefined ? {} : { concurrency: request.workers }),
  };
  const lockFile = lockPathOf(resolve(request.file));
  const { lock, outcome } = await lockFor(recipe, lockFile, request.lock ?? 'use', options);
  const epoch = request.epoch ?? recipeEpoch(lock);
  await using leases = holdLayers(output.content);
  const cache = openStepCache(cacheFolder, output.content, leases);
  const images: BuiltImage[] = [];
  for (const architecture of architectures) {
    const { labels, noCache = false } = request;
    const one = { recipe, lock, architecture, epoch, noCache, labels, annotations, options, output, cache };
    images.push(await buildArchitecture(one, io));
  }
  const [first] = images;
  const manifest =
    first !== undefined && images.length === 1
      ? first.manifest
      : await writeIndex(output, { manifests: images.map((image) => image.manifest), ...io });
  const packages = packagesOf(lock, architectures);
  await leases.confirm(io);
  return {
    manifest,
    images,
    epoch,
    formatProfile: currentProfile,
    materials: packages.map((one): Material => packageMaterial(recipe, one)),
    lock: outcome,
    lockFile,
    packages,
  };
}

/**
 * A recipe as the base of a build: built for one platform, or taken from the cache, and opened. What `FROM recipe:base.yaml` starts
 * from. Throws as `buildRecipe()` does, and RECIPE_INVALID when the recipe does not name the platform's architecture.
 */
export async function resolveRecipeStage(
  request: Omit<RecipeRequest, 'platforms'> & { readonly platform: Platform },
  environment: RecipeEnvironment,
  io: Io = {},
): Promise<{ readonly image: Image; readonly result: RecipeResult }> {
  const { platform, ...rest } = request;
  const result = await buildRecipe({ ...rest, platforms: [platform] }, environment, io);
  const image = await openImage(environment.output, result.manifest.digest, { platform, ...io });
  return { image, result };
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
