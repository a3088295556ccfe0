import type { BuildResult, RecipeRequest } from '@lading/builder';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';

/** Builds a recipe into a local repository, with its packages from their mirrors. */
export async function fromRecipe(
  context: Context,
  home: Home,
  request: RecipeRequest,
  repository: string,
): Promise<BuildResult> {
  const { buildRecipe } = await import('@lading/builder');
  const result = await buildRecipe(
    request,
    {
      output: home.repository(repository),
      cacheFolder: home.cacheFolder,
      onProgress: ({ step, done, total, bytes, name }) =>
        context.progress.update(
          'recipe',
          bytes ? step : `${step} ${name} (${done} of ${total})`,
          bytes ? done : 0,
          bytes ? total : undefined,
        ),
    },
    { signal: context.signal },
  );
  context.progress.finish('recipe');
  if (result.lock !== 'kept')
    context.progress.log(
      `lock ${result.lock}: ${result.lockFile} (${result.packages.length} packages); commit it with the recipe`,
    );
  return result;
}
