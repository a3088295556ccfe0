import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { BuildResult, BuiltImage, RecipeRequest } from '@lading/builder';
import type { BuildDefinition } from '@lading/builder/provenance';
import type { OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { withProvenance } from './provenance-options.ts';

/** Builds a recipe into a local repository, with its packages from their mirrors. */
export async function fromRecipe(
  context: Context,
  home: Home,
  request: RecipeRequest,
  options: OptionValues,
  repository: string,
): Promise<BuildResult> {
  const startedOn = new Date();
  const output = home.repository(repository);
  const { buildRecipe } = await import('@lading/builder');
  const result = await buildRecipe(
    request,
    {
      output,
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
  const { recipeBuild } = await import('@lading/builder/provenance');
  const [recipe, lock] = await Promise.all([request.file, result.lockFile].map(readNamed));
  if (recipe === undefined || lock === undefined) return result;
  const definitionOf = (image: BuiltImage): BuildDefinition => recipeBuild(request, { recipe, lock }, result, image);
  return withProvenance(context, output, result, options, { request: {}, startedOn, definitionOf });
}

async function readNamed(path: string): Promise<{ readonly name: string; readonly text: Buffer }> {
  return { name: basename(path), text: await readFile(path) };
}
