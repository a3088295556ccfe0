import { compareNames } from '@lading/tar';
import type { LockedPackage } from './lock.ts';
import type { Recipe } from './recipe.ts';
import type { RootNode } from './root-tree.ts';

/** A layer to be made. */
export interface PlannedLayer {
  /** For the image's history. */
  readonly createdBy: string;
  /** What of the tree is in it; all of it where absent. */
  readonly part?: (node: RootNode) => boolean;
}

/**
 * The layers of a recipe's image, from the lowest up: one with everything; or, with a layering, one for each group of packages and
 * one on top for what belongs to no package: accounts, the package manager's records, the recipe's paths. They follow from the lock
 * alone.
 */
export function planLayers(recipe: Recipe, packages: readonly LockedPackage[]): readonly PlannedLayer[] {
  const { distro, suite, variant, layering } = recipe;
  const head = `lading recipe: ${distro} ${suite} ${variant}`;
  if (layering === undefined) {
    return [{ createdBy: `${head}, ${packages.length} package${packages.length === 1 ? '' : 's'}` }];
  }
  const groups = groupByOrigin(packages, layering.budget).map((group) => group.map((one) => one.name));
  return [
    ...groups.map((names): PlannedLayer => {
      const owners = new Set(names);
      return {
        createdBy: `${head}, ${names.join(' ')}`,
        part: ({ owner }) => owner !== undefined && owners.has(owner),
      };
    }),
    { createdBy: `${head}, accounts, records and paths`, part: ({ owner }) => owner === undefined },
  ];
}

/**
 * Parts packages into at most `budget` groups: those of one source package together, as they change together; the largest first,
 * and all that are left in the last group. An image that has the same packages, whatever else is in it, shares their layer.
 */
export function groupByOrigin(packages: readonly LockedPackage[], budget: number): LockedPackage[][] {
  const groups = [...Map.groupBy(packages, (one) => one.origin ?? one.name)]
    .map(([origin, members]) => ({ origin, members, size: members.reduce((sum, one) => sum + one.size, 0) }))
    .toSorted((a, b) => b.size - a.size || compareNames(a.origin, b.origin))
    .map(({ members }) => members);
  const alone = groups.length > budget ? groups.slice(0, budget - 1) : groups;
  const together = groups.slice(alone.length).flat();
  return [...alone, ...(together.length === 0 ? [] : [together])].map((members) =>
    members.toSorted((a, b) => compareNames(a.name, b.name)),
  );
}
