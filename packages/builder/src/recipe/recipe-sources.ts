import { relative, resolve } from 'node:path';
import { fromFile, type Io } from '@lading/bytes';
import { type Digest, Digester } from '@lading/oci';
import { digestSet, type Material } from '../materials.ts';
import type { Recipe } from './recipe.ts';

/** A file that a recipe takes in. */
export interface RecipeSource {
  /** From where the recipe lies. */
  readonly path: string;
  readonly digest: Digest;
}

/** In the order of the recipe's paths. */
export async function recipeSources({ paths, folder }: Recipe, { signal }: Io): Promise<readonly RecipeSource[]> {
  const sources: RecipeSource[] = [];
  for (const { source } of paths) {
    if (source === undefined) continue;
    const place = resolve(folder, source);
    const digester = new Digester();
    for await (const chunk of fromFile(place, { signal })) digester.update(chunk);
    sources.push({ path: relative(folder, place), digest: digester.digest() });
  }
  return sources;
}

export function sourceMaterial({ path, digest }: RecipeSource): Material {
  return { kind: 'context', name: path, uri: `local:${path}`, digest: digestSet(digest) };
}
