import { resolve } from 'node:path';
import type { ResolveContext } from '@lading/builder';
import type { BuildParts } from './run-build.ts';

/** Builds the recipes that named contexts and `FROM recipe:FILE` stand for; their steps are steps of the build. */
export function recipeContexts(parts: Omit<BuildParts, 'snapshots'>): ResolveContext {
  return async (address, platform, { locked, signal }) => {
    const recipe = { file: resolve(address.replace(/^recipe:(\/\/)?/, '')), platform };
    const lock = locked ? 'require' : undefined;
    const { resolveRecipeStage } = await import('@lading/builder');
    return resolveRecipeStage({ ...recipe, lock }, parts, { signal });
  };
}
