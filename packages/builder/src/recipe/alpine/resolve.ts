import { createHash } from 'node:crypto';
import type { Bytes } from '@lading/bytes';
import {
  type AlpineDependency,
  AlpineIndex,
  type AlpinePackage,
  readAlpineArchive,
  resolveAlpinePackages,
} from '@lading/distro';
import { LadingError } from '@lading/errors';
import type { PackageSource, Resolution } from '../distribution.ts';
import { inParallel } from '../internal/in-parallel.ts';
import type { LockedPackage } from '../lock.ts';
import type { Mirror } from '../mirror.ts';
import type { RecipeProgress } from '../progress.ts';
import type { Recipe } from '../recipe.ts';
import type { LockOptions } from '../recipe-options.ts';
import { loadAlpineIndex } from './load-index.ts';
import { alpineKeys, alpineRepositories } from './repositories.ts';
import { readControl } from './unpack-package.ts';

/**
 * The packages of a recipe from Alpine's repositories. Indexes are verified against the keys. They know a package by a SHA-1 over what
 * it says of itself, which has the hash of its files; so that the lock can tell the hash of the whole, packages are fetched
 * here. The epoch is the newest time at which a package was built.
 */
export async function resolveAlpine(recipe: Recipe, mirror: Mirror, options: LockOptions): Promise<Resolution> {
  const { signal, onProgress, concurrency = 6 } = options;
  const sources = await alpineRepositories(recipe, options.apkFolder);
  const keys = await alpineKeys(recipe, options.apkFolder);
  const report = (step: RecipeProgress['step'], done: number, total: number, name: string): void =>
    onProgress?.({ step, done, total, bytes: step === 'download', name });
  const packages: Record<string, readonly LockedPackage[]> = {};
  let epoch = 0;
  for (const architecture of recipe.architectures.toSorted()) {
    const index = new AlpineIndex();
    for (const [at, source] of sources.entries()) {
      report('index', at, sources.length, `${source.suite} ${architecture}`);
      await loadAlpineIndex(mirror, source, architecture, keys, index, { signal });
    }
    const assume = recipe.variant === 'distroless' ? isToolDependency : undefined;
    const resolved = resolveAlpinePackages(index, worldOf(recipe), { assume, signal }).map((one) => one.package);
    report('resolve', resolved.length, resolved.length, architecture);
    const total = resolved.reduce((sum, one) => sum + one.size, 0);
    let done = 0;
    packages[architecture] = await inParallel(resolved, concurrency, signal, async (one, laneSignal) => {
      const locked = await lockPackage(one, architecture, sources, mirror, laneSignal);
      done += one.size;
      report('download', done, total, one.name);
      return locked;
    });
    epoch = Math.max(epoch, ...resolved.map((one) => one.buildTime));
  }
  return { packages, epoch };
}

/** The recipe's packages, and a shell where it wants one. */
export function worldOf(recipe: Recipe): readonly string[] {
  const named = recipe.packages.some((request) => request === '/bin/sh' || request.startsWith('busybox'));
  return recipe.shell && !named ? [...recipe.packages, '/bin/sh'] : recipe.packages;
}

// Needed by scripts of packages, which are not run, or to manage packages, which is not done in a distroless image.
const tools = new Set(['/bin/sh', 'alpine-keys', 'apk-tools', 'busybox', 'busybox-binsh', 'cmd:sh']);

function isToolDependency({ name }: AlpineDependency): boolean {
  return tools.has(name);
}

async function lockPackage(
  one: AlpinePackage,
  architecture: string,
  sources: readonly PackageSource[],
  mirror: Mirror,
  signal: AbortSignal,
): Promise<LockedPackage> {
  const { name, version, size, checksum, repository } = one;
  if (!Number.isSafeInteger(size) || size <= 0 || !/^Q1[A-Za-z0-9+/]{27}=$/.test(checksum)) {
    throw new LadingError(
      'CONTROL_INVALID',
      `Cannot use package ${one} of ${repository}: its size or checksum is wrong`,
    );
  }
  // Indexes do not say what they are for: one of another architecture, as good as signed, may stand in the place of this one.
  if (one.architecture !== architecture && one.architecture !== 'noarch') {
    throw new LadingError(
      'MIRROR_UNTRUSTED',
      `Cannot trust the index of ${repository} for ${architecture}: its ${one} is for ${one.architecture}`,
      { hint: 'The mirror mixes architectures up: name another.', details: { package: name, version } },
    );
  }
  // A repository has its `noarch` packages in the folder of each architecture.
  const filename = `${architecture}/${name}-${version}.apk`;
  const urls = sources.filter((source) => source.suite === repository).map((source) => `${source.uri}/${filename}`);
  const check = (file: Bytes): Promise<void> => checkPackage(file, one, urls[0] ?? filename);
  const { sha256 } = await mirror.fetchChecked(urls, { id: checksum, size, check }, signal);
  const origin = one.origin === name ? undefined : one.origin;
  return { name, version, origin, architecture: one.architecture, suite: repository, filename, size, sha256, checksum };
}

/** Throws MIRROR_UNTRUSTED unless the file is the package that the index names, with the files that the package says it has. */
async function checkPackage(file: Bytes, one: AlpinePackage, url: string): Promise<void> {
  const untrusted = (fault: string): LadingError =>
    new LadingError('MIRROR_UNTRUSTED', `Cannot trust ${url}: ${fault}`, {
      hint: 'The mirror is damaged, in the middle of an update, or lies: try again later, or name another.',
      details: { url, package: one.name, version: one.version },
    });
  const archive = await readAlpineArchive(file);
  try {
    if (archive.checksum !== one.checksum) {
      throw untrusted(`it is ${archive.checksum}, and its index announced ${one.checksum}`);
    }
    const { info } = await readControl(archive.control);
    const hash = createHash('sha256');
    for await (const chunk of archive.data) hash.update(chunk);
    if (info.dataHash !== hash.digest('hex')) throw untrusted('its files are not those that it says it has');
  } finally {
    await archive.close();
  }
}
