import { readFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import type { Recipe } from './recipe.ts';
import type { RootTree } from './root-tree.ts';

/** Adds the recipe's own paths over everything else. Throws RECIPE_INVALID, FILE_NOT_FOUND. */
export async function writeRecipePaths(tree: RootTree, recipe: Recipe): Promise<void> {
  for (const { type, path, mode, uid, gid, content, source, target } of recipe.paths) {
    const relative = path
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/');
    const place = tree.resolve(relative, type !== 'symlink');
    const present = tree.get(place)?.type;
    if (relative === '' || (present !== undefined && (present === 'directory') !== (type === 'directory'))) {
      throw new LadingError(
        'RECIPE_INVALID',
        `Cannot use ${recipe.name}: paths: ${path} cannot become a ${type}, it is a ${present ?? 'directory'}`,
      );
    }
    if (type === 'directory') tree.set(place, { type, mode, uid, gid, mtime: tree.epoch });
    else if (type === 'symlink') tree.addSymlink(relative, target ?? '', uid, gid);
    else
      tree.addFile(relative, content === undefined ? await readSource(recipe, source ?? '') : content, {
        mode,
        uid,
        gid,
      });
  }
}

async function readSource(recipe: Recipe, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new LadingError(
      'FILE_NOT_FOUND',
      `Cannot use ${recipe.name}: paths: ${path} does not exist or is not a readable file`,
      {
        cause,
        details: { path },
      },
    );
  }
}
