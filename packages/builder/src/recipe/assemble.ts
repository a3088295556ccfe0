import { join } from 'node:path';
import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { ExecutionConfig, Platform } from '@lading/oci';
import { defaultPath } from '@lading/runtime';
import { writeTar } from '@lading/tar';
import { sourceDateEpoch } from '../epoch.ts';
import { Spool } from '../internal/spool.ts';
import { platformOf } from './architecture.ts';
import { distributionOf } from './distributions.ts';
import { fetchPackages } from './fetch-packages.ts';
import { inParallel } from './internal/in-parallel.ts';
import { planLayers } from './layering.ts';
import type { Lock, LockedPackage } from './lock.ts';
import type { Recipe } from './recipe.ts';
import type { RecipeOptions } from './recipe-options.ts';
import { writeRecipePaths } from './recipe-paths.ts';
import { checkParents, RootTree } from './root-tree.ts';

export interface AssembleOptions extends RecipeOptions {
  /** Which of the recipe's architectures, in the distribution's words. Default: its first. */
  readonly architecture?: string | undefined;
  /** Seconds since 1970 that no file is newer than. Default: `SOURCE_DATE_EPOCH`, else the lock's. */
  readonly epoch?: number | undefined;
  /** Where the verified package files are, in the order of the lock; they are fetched unless told. */
  readonly packageFiles?: readonly string[] | undefined;
}

/** A layer to be: an uncompressed tar that can be read more than once, and always gives the same bytes. */
export interface RootfsLayer {
  readonly tar: (signal?: AbortSignal) => Bytes;
  /** For the image's history. */
  readonly createdBy: string;
}

/** A root file system put together, on disk until it is closed. */
export interface RootFilesystem {
  readonly layers: readonly RootfsLayer[];
  readonly config: ExecutionConfig;
  readonly platform: Platform;
  /** In the distribution's words. */
  readonly architecture: string;
  /** Seconds since 1970, for the image's config and history. */
  readonly created: number;
  readonly packages: readonly LockedPackage[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Removes what lies on disk; layers cannot be read any more. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Puts a recipe's root file system together from the packages of its lock: fetched, verified, unpacked, merged; accounts, the
 * records of the package manager and the recipe's paths written. No script of a package is run, no root is needed. The bytes depend
 * on the recipe, the lock and the epoch alone. The caller closes the result.
 *
 * Throws RECIPE_INVALID, MIRROR_UNREACHABLE, MIRROR_UNTRUSTED, PACKAGE_INVALID, INTERRUPTED; then nothing is left but the cache.
 */
export async function assembleRootfs(recipe: Recipe, lock: Lock, options: AssembleOptions): Promise<RootFilesystem> {
  const { signal, onProgress } = options;
  const architecture = options.architecture ?? recipe.architectures[0] ?? '';
  const packages = lock.packages[architecture];
  if (packages === undefined) {
    throw new LadingError(
      'RECIPE_INVALID',
      `Cannot build ${recipe.name} for ${architecture}: the lock has no packages for it`,
      {
        hint: 'Update the lock.',
      },
    );
  }
  const epoch = options.epoch ?? recipeEpoch(lock);
  const distribution = await distributionOf(recipe);
  const paths = options.packageFiles ?? (await fetchPackages(recipe, packages, options));
  const spool = await Spool.create(join(options.cacheFolder, 'work'));
  try {
    let done = 0;
    // Decompression runs in programs or on this thread: more lanes than this only take memory.
    const lanes = Math.min(options.concurrency ?? 6, 4);
    const unpacked = await inParallel(packages, lanes, signal, async (one, laneSignal, index) => {
      const result = await distribution.unpack(paths[index] ?? '', one, spool, { signal: laneSignal });
      onProgress?.({ step: 'unpack', done: ++done, total: packages.length, bytes: false, name: one.name });
      return result;
    });
    const tree = new RootTree(epoch);
    await distribution.fill(tree, { recipe, architecture, packages: unpacked, spool });
    await writeRecipePaths(tree, recipe);
    checkParents(tree);
    const close = (): Promise<void> => spool.close();
    return {
      layers: planLayers(recipe, packages).map(({ createdBy, part }) => ({
        tar: (layerSignal) => writeTar(tree.entries(spool, layerSignal, part), { signal: layerSignal }),
        createdBy,
      })),
      config: executionConfig(recipe),
      platform: platformOf(recipe.distro, architecture),
      architecture,
      created: epoch,
      packages,
      annotations: recipe.annotations,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await spool.close();
    throw error;
  }
}

/** What no file is newer than, in seconds since 1970: `SOURCE_DATE_EPOCH`, else the date of the lock. */
export function recipeEpoch(lock: Lock): number {
  return sourceDateEpoch(process.env, lock.epoch);
}

/** How the recipe's image runs. */
export function executionConfig(recipe: Recipe): ExecutionConfig {
  const environment = { PATH: defaultPath, ...recipe.environment };
  return {
    ...(recipe.user === undefined ? {} : { User: recipe.user }),
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(recipe.entrypoint === undefined ? {} : { Entrypoint: recipe.entrypoint }),
    ...(recipe.cmd === undefined ? {} : { Cmd: recipe.cmd }),
    ...(recipe.workDir === undefined ? {} : { WorkingDir: recipe.workDir }),
    ...(Object.keys(recipe.labels).length === 0 ? {} : { Labels: recipe.labels }),
    ...(recipe.stopSignal === undefined ? {} : { StopSignal: recipe.stopSignal }),
    ...(recipe.volumes.length === 0 ? {} : { Volumes: Object.fromEntries(recipe.volumes.map((path) => [path, {}])) }),
  };
}
