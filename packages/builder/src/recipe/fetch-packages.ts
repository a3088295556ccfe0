import { isLadingError, LadingError } from '@lading/errors';
import type { PackageSource } from './distribution.ts';
import { distributionOf } from './distributions.ts';
import { inParallel } from './internal/in-parallel.ts';
import type { LockedPackage } from './lock.ts';
import { Mirror } from './mirror.ts';
import type { Recipe } from './recipe.ts';
import type { RecipeOptions } from './recipe-options.ts';

/**
 * The paths of verified package files, in the order of the packages. What the cache has needs no network, and no configured
 * archive. Throws MIRROR_UNREACHABLE, which names the package and its version when no archive has it any more, MIRROR_UNTRUSTED.
 */
export async function fetchPackages(
  recipe: Recipe,
  packages: readonly LockedPackage[],
  options: RecipeOptions,
): Promise<string[]> {
  const { signal, concurrency = 6, onProgress } = options;
  const total = packages.reduce((sum, one) => sum + one.size, 0);
  let done = 0;
  const mirror = new Mirror(options);
  const report = (one: LockedPackage, isHere: boolean): void => {
    done += one.size;
    onProgress?.({ step: 'download', done, total, bytes: true, name: one.name, cached: isHere });
  };
  try {
    const cached = await inParallel(packages, concurrency, signal, (one) => mirror.has(one));
    const missing = packages.filter((_, index) => cached[index] === false);
    for (const one of packages.filter((_, index) => cached[index] === true)) report(one, true);
    const sources = missing.length === 0 ? [] : await (await distributionOf(recipe)).sources(recipe, options);
    await inParallel(missing, concurrency, signal, async (one, laneSignal) => {
      await fetchPackage(mirror, one, sources, laneSignal);
      report(one, false);
    });
    return packages.map((one) => mirror.pathOf(one));
  } finally {
    mirror.close();
  }
}

async function fetchPackage(
  mirror: Mirror,
  one: LockedPackage,
  sources: readonly PackageSource[],
  signal: AbortSignal,
): Promise<void> {
  // The suite's own archive first; another may keep the file when the suite has moved to one.
  const ordered = sources.toSorted((a, b) => Number(b.suite === one.suite) - Number(a.suite === one.suite));
  const urls = [...new Set(ordered.map((source) => `${source.uri}/${encodePath(one.filename)}`))];
  try {
    await mirror.fetch(urls, one, signal);
  } catch (error) {
    if (!isLadingError(error, 'MIRROR_UNREACHABLE') || error.details.missing !== true) throw error;
    throw new LadingError(
      'MIRROR_UNREACHABLE',
      `Cannot fetch package ${one.name} ${one.version} (${one.architecture}): no archive has ${one.filename} any more`,
      {
        hint: 'The archive has moved on since the lock was written: update the lock, or name an archive that keeps old versions with "mirror:".',
        cause: error,
        details: { package: one.name, version: one.version, urls },
      },
    );
  }
}

// Versions have `+`, `~` and `:` in them, of which some servers take `+` for a space.
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
