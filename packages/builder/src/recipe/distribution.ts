import type { Io } from '@lading/bytes';
import type { Spool } from '../internal/spool.ts';
import type { LockedPackage } from './lock.ts';
import type { Mirror } from './mirror.ts';
import type { Recipe } from './recipe.ts';
import type { LockOptions, RecipeOptions } from './recipe-options.ts';
import type { RootTree } from './root-tree.ts';
import type { UnpackedPackage } from './unpacked-package.ts';

/** What a recipe's build asks of a distribution. One folder beside this file answers for each. */
export interface Distribution {
  /** Resolves the recipe for each of its architectures, against its archives as they are now, with all signatures verified. */
  resolve(recipe: Recipe, mirror: Mirror, options: LockOptions): Promise<Resolution>;
  /** Where package files lie, in the order in which to ask. Throws MIRROR_UNREACHABLE when nothing is configured. */
  sources(recipe: Recipe, options: RecipeOptions): Promise<readonly PackageSource[]>;
  /** Takes a verified package file apart. Throws PACKAGE_INVALID, TAR_UNSAFE, INTERRUPTED. */
  unpack(path: string, locked: LockedPackage, spool: Spool, io: Io): Promise<UnpackedPackage>;
  /** Lays the packages into the tree and writes what installing them would have written. Throws RECIPE_INVALID, PACKAGE_INVALID. */
  fill(tree: RootTree, root: RootContents): Promise<void>;
}

export interface Resolution {
  readonly packages: Readonly<Record<string, readonly LockedPackage[]>>;
  /** Seconds since 1970: how new the archives, or the packages, are. */
  readonly epoch: number;
}

export interface PackageSource {
  /** What a locked package's `filename` is below, without a trailing slash. */
  readonly uri: string;
  /** What a locked package calls it. */
  readonly suite: string;
}

export interface RootContents {
  readonly recipe: Recipe;
  readonly architecture: string;
  /** As `unpack` gave them. */
  readonly packages: readonly UnpackedPackage[];
  readonly spool: Spool;
}
