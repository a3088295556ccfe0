import { LadingError } from '@lading/errors';
import type { Command } from 'commander';
import { flagOption, type OptionValues, textOption } from '../command.ts';
import type { Context } from '../context.ts';

/** How a build shows what it does. */
export type ProgressMode = 'live' | 'plain' | 'json' | 'quiet';

export function configureProgress(command: Command): void {
  command.option('--progress <mode>', 'how to show what happens: auto, tty, plain, json or quiet (auto unless told)');
}

/** Throws USAGE. */
export function progressOf(
  { progress, json }: Pick<Context, 'progress' | 'json'>,
  options: OptionValues,
): ProgressMode {
  const mode = flagOption(options, 'quiet') ? 'quiet' : (textOption(options, 'progress') ?? 'auto');
  switch (mode) {
    case 'auto':
      return json ? 'json' : progress.isLive ? 'live' : 'plain';
    case 'tty':
      if (progress.isLive) return 'live';
      throw new LadingError('USAGE', 'Cannot use --progress tty: stderr is no terminal', {
        hint: 'Use --progress plain.',
      });
    case 'plain':
    case 'json':
    case 'quiet':
      return mode;
    default:
      throw new LadingError('USAGE', `Cannot use --progress ${mode}: it is auto, tty, plain, json or quiet`);
  }
}
