import { join } from 'node:path';
import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { ExecutionConfig, Platform } from '@lading/oci';
import { defaultPath } from '@lading/runtime';
import { writeTar } from '@lading/tar';
import { sourceDateEpoch } from '../epoch.ts';
import { Spool } from '../internal/spool.ts';
import { writeAccounts } from './accounts.ts';
import { writeAlternatives } from './alternatives.ts';
import { platformOfDebian } from './architecture.ts';
import { checkParents, pruneDistroless } from './distroless.ts';
import { writeDpkgDatabase, writeStatusFolder } from './dpkg-database.ts';
import { fetchPackages } from './fetch-packages.ts';
import { inParallel } from './internal/in-parallel.ts';
import type { Lock, LockedPackage } from './lock.ts';
import type { RecipeOptions } from './lock-recipe.ts';
import { mergePackages } from './merge-packages.ts';
import type { Recipe } from './recipe.ts';
import { writeRecipePaths } from './recipe-paths.ts';
import { RootTree } from './root-tree.ts';
import { writeCertificates, writeSystemFiles } from './system-files.ts';
import { type UnpackedPackage, unpackPackage } from './unpack-package.ts';

export interface AssembleOptions extends RecipeOptions {
  /** Which of the recipe's architectures, in Debian's words. Default: its first. */
  readonly architecture?: string | undefined;
  /** Seconds since 1970 that no file is newer than. Default: `SOURCE_DATE_EPOCH`, else the lock's. */
  readonly epoch?: number | undefined;
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
  /** Debian's name. */
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
 * Puts a recipe's root file system together from the packages of its lock: fetched, verified, unpacked, merged; accounts, dpkg's
 * records and the recipe's paths written. No maintainer script is run, no root is needed. The bytes depend on the recipe, the lock
 * and the epoch alone. The caller closes the result.
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
  const paths = await fetchPackages(recipe, packages, options);
  const spool = await Spool.create(join(options.cacheFolder, 'work'));
  try {
    let done = 0;
    // Decompression runs in programs or on this thread: more lanes than this only take memory.
    const lanes = Math.min(options.concurrency ?? 6, 4);
    const unpacked = await inParallel(packages, lanes, signal, async (one, laneSignal, index) => {
      const result = await unpackPackage(paths[index] ?? '', one, spool, { signal: laneSignal });
      onProgress?.({ step: 'unpack', done: ++done, total: packages.length, bytes: false, name: one.name });
      return result;
    });
    const tree = new RootTree(epoch);
    await fill(tree, recipe, architecture, unpacked, spool);
    const count = `${packages.length} package${packages.length === 1 ? '' : 's'}`;
    const close = (): Promise<void> => spool.close();
    return {
      layers: [
        {
          tar: (tarSignal) => writeTar(tree.entries(spool, tarSignal), { signal: tarSignal }),
          createdBy: `lading recipe: ${recipe.distro} ${recipe.suite} ${recipe.variant}, ${count}`,
        },
      ],
      config: executionConfig(recipe),
      platform: platformOfDebian(architecture),
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

async function fill(
  tree: RootTree,
  recipe: Recipe,
  architecture: string,
  packages: readonly UnpackedPackage[],
  spool: Spool,
): Promise<void> {
  const replaced = await mergePackages(packages, tree, architecture, spool);
  await writeSystemFiles(tree, spool);
  await writeCertificates(tree, spool);
  await writeAccounts(tree, recipe, spool);
  if (recipe.variant === 'distroless') {
    pruneDistroless(tree);
    writeAlternatives(tree, packages, false);
    writeStatusFolder(tree, packages);
  } else {
    writeAlternatives(tree, packages, true);
    writeDpkgDatabase(tree, packages, replaced);
  }
  await writeRecipePaths(tree, recipe);
  checkParents(tree);
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
  };
}
