import type { Command } from 'commander';
import { type OptionValues, textOption } from '../command.ts';
import { parseDuration, parseSize } from './amounts.ts';
import { readDisk } from './disk.ts';

/** What is kept although no image needs it, and for how long. */
export interface Retention {
  /** So long a removal or move of a name can be undone. */
  readonly undoMs: number;
  /** What is younger is left alone: it may belong to something that runs. */
  readonly graceMs: number;
  /** Writes that nobody went on with for so long are given up. */
  readonly partialMs: number;
  readonly cacheMaxAgeMs: number;
  /** Bytes. */
  readonly cacheMaxSize: number;
}

/** Declares the options that say what stays. */
export function configureRetention(command: Command): void {
  command
    .option('--undo-window <duration>', 'keep so long what names pointed to before (LADING_UNDO_WINDOW, else 7d)')
    .option('--cache-max-age <duration>', 'keep build cache that was used since (LADING_CACHE_MAX_AGE, else 30d)')
    .option('--cache-max-size <size>', 'keep so much build cache (LADING_CACHE_MAX_SIZE, else a tenth of the disk)');
}

/** Options, else the environment, else what fits most. `folder` is on the disk that is meant. Throws USAGE. */
export async function retentionOf(folder: string, options: OptionValues, env: NodeJS.ProcessEnv): Promise<Retention> {
  const given = (option: string, variable?: string): readonly [value: string | undefined, what: string] => {
    const value = textOption(options, option);
    if (value !== undefined || variable === undefined) return [value, `--${dashed(option)}`];
    return [env[variable] || undefined, variable];
  };
  const duration = ([value, what]: readonly [string | undefined, string], usual: string): number =>
    parseDuration(value ?? usual, what);
  const [cacheSize, what] = given('cacheMaxSize', 'LADING_CACHE_MAX_SIZE');
  return {
    undoMs: duration(given('undoWindow', 'LADING_UNDO_WINDOW'), '7d'),
    graceMs: duration(given('grace'), '1h'),
    partialMs: duration(given('grace'), '24h'),
    cacheMaxAgeMs: duration(given('cacheMaxAge', 'LADING_CACHE_MAX_AGE'), '30d'),
    cacheMaxSize:
      cacheSize === undefined ? Math.floor((await readDisk(folder)).total / 10) : parseSize(cacheSize, what),
  };
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
