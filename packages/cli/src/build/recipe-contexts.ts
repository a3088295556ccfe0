import { resolve } from 'node:path';
import type { BuildEnvironment } from '@lading/builder';
import type { Repository } from '@lading/store';
import type { Home } from '../home.ts';

/** Builds the recipes that named contexts and `FROM recipe:FILE` stand for. */
export function recipeContexts(home: Home, output: Repository): NonNullable<BuildEnvironment['resolveContext']> {
  return async (address, platform, { locked, signal }) => {
    const recipe = { file: resolve(address.replace(/^recipe:(\/\/)?/, '')), platform };
    const lock = locked ? 'require' : undefined;
    const { resolveRecipeStage } = await import('@lading/builder');
    const { cacheFolder } = home;
    return (await resolveRecipeStage({ ...recipe, lock }, { output, cacheFolder }, { signal })).image;
  };
}
