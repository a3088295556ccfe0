import { resolve } from 'node:path';
import type { BuildRequest } from '@lading/builder';
import type { Command } from 'commander';
import { collectValues, flagOption, listOption, type OptionValues, textOption } from '../command.ts';
import { nameValues } from './name-values.ts';

/** What a build is made from. */
export function configureSource(command: Command): void {
  command
    .argument('[context]', 'the folder that COPY and ADD read from', '.')
    .option('-f, --file <path>', 'the Dockerfile, or a recipe (*.yaml); Dockerfile in the context where absent')
    .option(
      '--build-arg <name=value>',
      'set an ARG; without =value, from the environment; may be repeated',
      collectValues,
    )
    .option('--pull', 'ask registries for base images even when they are here');
}

/** Throws USAGE. */
export function sourceOf(
  options: OptionValues,
  args: readonly string[],
): Pick<BuildRequest, 'context' | 'file' | 'buildArgs'> {
  const file = textOption(options, 'file');
  return {
    context: resolve(args[0] ?? '.'),
    file: file === undefined ? undefined : resolve(file),
    buildArgs: nameValues(listOption(options, 'buildArg'), '--build-arg', { fromEnvironment: true }),
  };
}

/** Whether registries are asked for base images that are here. */
export function pullOf(options: OptionValues): 'always' | 'missing' {
  return flagOption(options, 'pull') ? 'always' : 'missing';
}
