import type { BuildRequest } from '@lading/builder';
import type { Command } from 'commander';
import type { OptionValues } from '../command.ts';

/** What of earlier builds is used again. */
export function configureCache(command: Command): void {
  command.option('--no-cache', 'run every step again');
}

export function cacheOf(options: OptionValues): Pick<BuildRequest, 'noCache'> {
  return { noCache: options.cache === false };
}
