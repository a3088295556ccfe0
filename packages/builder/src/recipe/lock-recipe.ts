import { PackageIndex, type PackageRecord, resolvePackages } from '@lading/distro';
import { LadingError } from '@lading/errors';
import { type ArchiveSource, archiveSources } from './archive-source.ts';
import { inParallel } from './internal/in-parallel.ts';
import { loadPackages, loadRelease } from './load-archive.ts';
import { type Lock, type LockedPackage, lockFits, readLock, recipeDigest, writeLock } from './lock.ts';
import { Mirror, type MirrorOptions } from './mirror.ts';
import type { RecipeProgress } from './progress.ts';
import type { Recipe } from './recipe.ts';
import { isToolDependency, requestsOf } from './tool-packages.ts';

export interface RecipeOptions extends MirrorOptions {
  /** Where apt is configured. Default `/etc/apt`. */
  readonly aptFolder?: string | undefined;
  /** Downloads at a time. Default 6. */
  readonly concurrency?: number | undefined;
  readonly onProgress?: ((progress: RecipeProgress) => void) | undefined;
}

export interface LockOptions extends RecipeOptions {
  /** Takes Release files whose Valid-Until has passed. Default false. */
  readonly allowExpired?: boolean | undefined;
}

/**
 * Resolves a recipe against its archives as they are now. Release files are verified against the keyring, indexes against the
 * Release files. Throws MIRROR_UNREACHABLE, MIRROR_UNTRUSTED, PACKAGE_UNRESOLVED, INTERRUPTED.
 */
export async function lockRecipe(recipe: Recipe, options: LockOptions): Promise<Lock> {
  const sources = await archiveSources(recipe, options.aptFolder);
  const mirror = new Mirror(options);
  try {
    return await lockWith(recipe, sources, mirror, options);
  } finally {
    mirror.close();
  }
}

async function lockWith(
  recipe: Recipe,
  sources: readonly ArchiveSource[],
  mirror: Mirror,
  options: LockOptions,
): Promise<Lock> {
  const { signal, onProgress, concurrency = 6 } = options;
  const report = (step: RecipeProgress['step'], done: number, total: number, name: string): void =>
    onProgress?.({ step, done, total, bytes: false, name });
  let fetched = 0;
  const releases = await inParallel(sources, concurrency, signal, async (source) => {
    report('release', fetched, sources.length, source.suite);
    const release = await loadRelease(mirror, source, options);
    report('release', ++fetched, sources.length, source.suite);
    return release;
  });
  const packages: Record<string, readonly LockedPackage[]> = {};
  for (const architecture of recipe.architectures.toSorted()) {
    // In the order of the sources, so that which of two equal versions is taken does not depend on the network.
    const index = new PackageIndex();
    for (const [at, source] of sources.entries()) {
      report('index', at, sources.length, `${source.suite} ${architecture}`);
      await loadPackages(mirror, source, releases[at]!, architecture, index, options);
      report('index', at + 1, sources.length, `${source.suite} ${architecture}`);
    }
    const resolved = resolvePackages(index, requestsOf(recipe), {
      architecture,
      essential: recipe.essential,
      // /usr is merged when the file system is put together: no program for it is needed.
      prefer: new Set(['usr-is-merged']),
      assume: recipe.variant === 'distroless' ? isToolDependency : undefined,
      signal,
    });
    report('resolve', resolved.length, resolved.length, architecture);
    packages[architecture] = resolved.map(({ record }) => lockedPackage(record));
  }
  const epoch = Math.max(...releases.map((release) => release.date));
  return { lockVersion: 1, distro: recipe.distro, suite: recipe.suite, recipe: recipeDigest(recipe), epoch, packages };
}

function lockedPackage(record: PackageRecord): LockedPackage {
  const { name, version, architecture, origin: suite, filename, size, sha256 } = record;
  const unsafe = filename === '' || filename.startsWith('/') || filename.split('/').includes('..');
  if (unsafe || !Number.isSafeInteger(size) || size < 0 || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new LadingError(
      'CONTROL_INVALID',
      `Cannot use package ${record} of ${suite}: its Filename, Size or SHA256 is absent or wrong`,
    );
  }
  return { name, version, architecture, suite, filename, size, sha256 };
}

/**
 * - `use`: the lock file if it answers the recipe, else a new one;
 * - `update`: a new one;
 * - `require`: the lock file, or RECIPE_INVALID.
 */
export type LockMode = 'use' | 'update' | 'require';

export interface ResolvedLock {
  readonly lock: Lock;
  /** `kept`: from the file as it was; `created`: there was none; `replaced`: it was old, or an update was asked for. */
  readonly outcome: 'kept' | 'created' | 'replaced';
}

/** The lock of a recipe by its lock file, which is written when it changes. A kept lock needs no network. */
export async function lockFor(
  recipe: Recipe,
  lockPath: string,
  mode: LockMode,
  options: LockOptions,
): Promise<ResolvedLock> {
  const present = mode === 'update' ? await readLock(lockPath).catch(() => undefined) : await readLock(lockPath);
  if (mode !== 'update' && present !== undefined && lockFits(present, recipe))
    return { lock: present, outcome: 'kept' };
  if (mode === 'require') {
    const fault = present === undefined ? 'it does not exist' : `${recipe.name} has changed since it was written`;
    throw new LadingError('RECIPE_INVALID', `Cannot build from lock file ${lockPath}: ${fault}`, {
      hint: 'Build once without requiring the lock, and commit the file that this writes.',
    });
  }
  const lock = await lockRecipe(recipe, options);
  await writeLock(lockPath, lock);
  return { lock, outcome: present === undefined ? 'created' : 'replaced' };
}
