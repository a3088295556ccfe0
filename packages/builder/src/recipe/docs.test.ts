import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseRecipe, recipeKeys } from './read-recipe.ts';

test('docs/recipes.md tells of every key, and its examples are recipes', async () => {
  const text = await readFile(new URL('../../../../docs/recipes.md', import.meta.url), 'utf8');
  const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
  assert.equal(examples.length, 2);
  for (const example of examples) await parseRecipe(example);
  for (const key of recipeKeys) assert.match(text, new RegExp(`^\\|.*\`${key}\`.*\\|.*\\|$`, 'm'), key);
});
