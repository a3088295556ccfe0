import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { RecipeRequest, RecipeResult } from '@lading/builder';
import type { OptionValues } from '../command.ts';
import type { Context } from '../context.ts';
import type { Home } from '../home.ts';
import { runBuild } from './run-build.ts';

/** Builds a recipe into a local repository, with its packages from their mirrors. */
export async function fromRecipe(
  context: Context,
  home: Home,
  request: RecipeRequest,
  options: OptionValues,
  repository: string,
): Promise<RecipeResult> {
  const { buildRecipe } = await import('@lading/builder');
  const result = await runBuild(context, home, options, {
    ...{ request, repository, file: resolve(request.file), cacheName: basename(request.file) },
    run: (parts) => buildRecipe(request, parts, { signal: context.signal }),
    async definitions(built) {
      const { recipeBuild } = await import('@lading/builder/provenance');
      const [recipe, lock] = [await readNamed(request.file), await readNamed(built.lockFile)];
      return (image) => recipeBuild(request, { recipe, lock }, built, image);
    },
  });
  const { lock, lockFile, packages } = result;
  if (lock !== 'kept')
    context.progress.log(`lock ${lock}: ${lockFile} (${packages.length} packages); commit it with the recipe`);
  return result;
}

async function readNamed(path: string): Promise<{ readonly name: string; readonly text: Buffer }> {
  return { name: basename(path), text: await readFile(path) };
}
