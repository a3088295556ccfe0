import { LadingError } from '@lading/errors';
import { defaultEpoch } from '../epoch.ts';
import type { Resolution } from './distribution.ts';
import { distributionOf } from './distributions.ts';
import { type Lock, lockFits, readLock, recipeDigest, writeLock } from './lock.ts';
import { Mirror } from './mirror.ts';
import type { Recipe } from './recipe.ts';
import type { LockOptions } from './recipe-options.ts';

/**
 * Resolves a recipe against its archives as they are now, with all that they sign verified. Throws MIRROR_UNREACHABLE, MIRROR_UNTRUSTED, PACKAGE_UNRESOLVED, INTERRUPTED.
 */
export async function lockRecipe(recipe: Recipe, options: LockOptions): Promise<Lock> {
  const mirror = new Mirror(options);
  try {
    const { packages, epoch } = await resolve(recipe, mirror, options);
    const { distro, suite } = recipe;
    return { lockVersion: 1, distro, suite, recipe: recipeDigest(recipe), epoch, packages };
  } finally {
    mirror.close();
  }
}

/** No archive is asked where nothing is wanted of one. */
async function resolve(recipe: Recipe, mirror: Mirror, options: LockOptions): Promise<Resolution> {
  if (recipe.packages.length > 0 || recipe.essential || recipe.shell) {
    return (await distributionOf(recipe)).resolve(recipe, mirror, options);
  }
  return { packages: Object.fromEntries(recipe.architectures.map((one) => [one, []])), epoch: defaultEpoch };
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
