import { PackageIndex, type PackageRecord, resolvePackages } from '@lading/distro';
import { LadingError } from '@lading/errors';
import type { Resolution } from '../distribution.ts';
import { inParallel } from '../internal/in-parallel.ts';
import type { LockedPackage } from '../lock.ts';
import type { Mirror } from '../mirror.ts';
import type { RecipeProgress } from '../progress.ts';
import type { Recipe } from '../recipe.ts';
import type { LockOptions } from '../recipe-options.ts';
import { archiveSources } from './archive-source.ts';
import { loadPackages, loadRelease } from './load-archive.ts';
import { isToolDependency, requestsOf } from './tool-packages.ts';

/**
 * The packages of a recipe from Debian's archives. Release files are verified against the keyring, indexes against the Release
 * files. The epoch is the newest Date of the Release files.
 */
export async function resolveDebian(recipe: Recipe, mirror: Mirror, options: LockOptions): Promise<Resolution> {
  const sources = await archiveSources(recipe, options.aptFolder);
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
  return { packages, epoch };
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
  const origin = record.source === name ? undefined : record.source;
  return { name, version, origin, architecture, suite, filename, size, sha256 };
}
