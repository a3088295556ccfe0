import { readFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import type { Recipe, RecipePath } from './recipe.ts';
import type { RootTree } from './root-tree.ts';

/** Makes and changes the recipe's own paths, in their order, over everything else. Throws RECIPE_INVALID, FILE_NOT_FOUND. */
export async function writeRecipePaths(tree: RootTree, recipe: Recipe): Promise<void> {
  for (const path of recipe.paths) await writePath(tree, recipe, path);
}

async function writePath(tree: RootTree, recipe: Recipe, path: RecipePath): Promise<void> {
  const { type, content, source, target, recursive } = path;
  const relative = relativePath(path.path);
  const place = tree.resolve(relative, type !== 'symlink' && type !== 'hardlink');
  const present = tree.get(place);
  const invalid = (fault: string): LadingError =>
    new LadingError('RECIPE_INVALID', `Cannot use ${recipe.name}: paths: ${path.path} ${fault}`);
  if (type === 'permissions') {
    if (present === undefined) throw invalid('is not there: its permissions cannot change');
    change(tree, [place], path);
    if (recursive) changeBelow(tree, place, path);
    return;
  }
  if (relative === '' || (present !== undefined && (present.type === 'directory') !== (type === 'directory'))) {
    throw invalid(`cannot become a ${type}, it is a ${present?.type ?? 'directory'}`);
  }
  const { uid = 0, gid = 0 } = path;
  switch (type) {
    case 'directory':
      tree.set(place, { type, mode: path.mode ?? 0o755, uid, gid, mtime: tree.epoch });
      if (recursive) changeBelow(tree, place, path);
      break;
    case 'symlink':
      tree.addSymlink(relative, target ?? '', uid, gid);
      break;
    case 'hardlink': {
      const from = tree.resolve(relativePath(target ?? ''), true);
      const file = tree.get(from);
      if (file?.type !== 'file') throw invalid(`cannot be a name of ${target}: that is not a file`);
      // Both names are in the layer of the recipe's own files, or they would be two files.
      const { owner: _, ...shared } = { ...file, uid: path.uid ?? file.uid, gid: path.gid ?? file.gid };
      tree.set(from, shared);
      tree.set(place, shared);
      break;
    }
    default: {
      const bytes = source === undefined ? (content ?? '') : await readSource(recipe, source);
      tree.addFile(relative, bytes, { mode: path.mode ?? 0o644, uid, gid });
    }
  }
}

function changeBelow(tree: RootTree, place: string, path: RecipePath): void {
  const prefix = place === '' ? '' : `${place}/`;
  change(
    tree,
    tree.paths().filter((below) => below.startsWith(prefix)),
    path,
  );
}

// What is changed belongs to the recipe from then on, and goes into the layer of its files. All names of a file change with it; links
// have no permissions of their own.
function change(tree: RootTree, places: readonly string[], { mode, uid, gid }: RecipePath): void {
  const contents = new Set(places.map((place) => tree.get(place)?.content));
  const named = tree.paths().filter((place) => {
    const content = tree.get(place)?.content;
    return content !== undefined && contents.has(content);
  });
  for (const place of new Set([...places, ...named])) {
    const node = tree.get(place);
    if (node === undefined) continue;
    const { owner: _, ...kept } = node;
    const own = node.type === 'symlink' ? undefined : mode;
    tree.set(place, { ...kept, mode: own ?? node.mode, uid: uid ?? node.uid, gid: gid ?? node.gid });
  }
}

function relativePath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

async function readSource(recipe: Recipe, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new LadingError(
      'FILE_NOT_FOUND',
      `Cannot use ${recipe.name}: paths: ${path} does not exist or is not a readable file`,
      { cause, details: { path } },
    );
  }
}
