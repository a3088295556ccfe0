import type { Distribution } from './distribution.ts';
import type { Recipe } from './recipe.ts';

/** The distribution of a recipe, loaded when it is needed. */
export async function distributionOf({ distro }: Pick<Recipe, 'distro'>): Promise<Distribution> {
  if (distro === 'alpine') return (await import('./alpine/alpine.ts')).alpine;
  return (await import('./debian/debian.ts')).debian;
}
