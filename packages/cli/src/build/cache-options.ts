import type { BuildRequest } from '@lading/builder';
import type { Command } from 'commander';
import { collectValues, flagOption, listOption, type OptionValues } from '../command.ts';
import { type CacheSpec, parseCacheSpec } from './cache-spec.ts';

/** What of earlier builds is used again, and what of this one is kept for others. */
export interface BuildCaches {
  readonly from: readonly CacheSpec[];
  readonly to: readonly CacheSpec[];
  /** Whether each step says why it ran, or why not. */
  readonly explain: boolean;
}

export function configureCache(command: Command): void {
  command
    .option('--no-cache', 'run every step again')
    .option('--no-cache-filter <stages>', 'run the steps of these stages again; may be repeated', collectValues)
    .option(
      '--cache-from <cache>',
      'look there for what is not here: type=registry,ref=NAME or type=local,src=FOLDER; may be repeated',
      collectValues,
    )
    .option(
      '--cache-to <cache>',
      'keep results there: type=registry,ref=NAME or type=local,dest=FOLDER, with mode=min|max, or type=inline; may be repeated',
      collectValues,
    )
    .option('--explain', 'say of every step why it ran, or where its result comes from');
}

/** Throws USAGE, REFERENCE_INVALID. */
export function cacheOf(options: OptionValues): Pick<BuildRequest, 'noCache' | 'noCacheFilter' | 'inlineCache'> {
  const { to } = cachesOf(options);
  return {
    noCache: options.cache === false,
    // To commander the option is the opposite of --cache-filter.
    noCacheFilter: listOption(options, 'cacheFilter').flatMap((text) => text.split(',')),
    inlineCache: to.some(({ type }) => type === 'inline') ? true : undefined,
  };
}

/** Throws USAGE, REFERENCE_INVALID. */
export function cachesOf(options: OptionValues): BuildCaches {
  return {
    from: listOption(options, 'cacheFrom').map((text) => parseCacheSpec(text, '--cache-from')),
    to: listOption(options, 'cacheTo').map((text) => parseCacheSpec(text, '--cache-to')),
    explain: flagOption(options, 'explain'),
  };
}
