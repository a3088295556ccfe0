import type { Command } from 'commander';
import { flagOption, type OptionValues, textOption } from '../command.ts';

/** Where the result goes. */
export interface BuildOutputs {
  readonly push: boolean;
  /** A file for the digest of the config. */
  readonly idFile: string | undefined;
  /** A file for what was built, as JSON. */
  readonly metadataFile: string | undefined;
}

export function configureOutput(command: Command): void {
  command
    .option('--push', 'send it to its registry when it is built')
    .option('--iidfile <path>', 'write the digest of the config to a file')
    .option('--metadata-file <path>', 'write what was built to a file, as JSON');
}

export function outputOf(options: OptionValues): BuildOutputs {
  return {
    push: flagOption(options, 'push'),
    idFile: textOption(options, 'iidfile'),
    metadataFile: textOption(options, 'metadataFile'),
  };
}
