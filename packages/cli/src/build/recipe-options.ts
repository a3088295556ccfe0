import type { LockMode } from '@lading/builder';
import { LadingError } from '@lading/errors';
import type { Command } from 'commander';
import { type OptionValues, textOption } from '../command.ts';

/** What only a recipe has. */
export function configureRecipe(command: Command): void {
  command.option('--lock <mode>', 'of a recipe: use, update or require its lock file');
}

/** Throws USAGE. */
export function recipeOf(options: OptionValues): { readonly lock: LockMode | undefined } {
  const lock = textOption(options, 'lock');
  if (lock !== undefined && lock !== 'use' && lock !== 'update' && lock !== 'require') {
    throw new LadingError('USAGE', `Cannot use --lock ${lock}: it is use, update or require`);
  }
  return { lock };
}
