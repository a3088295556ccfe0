import type { BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';
import type { Command } from 'commander';
import { type OptionValues, textOption } from '../command.ts';

/** How steps run. */
export function configureRun(command: Command): void {
  command.option('--workers <n>', 'steps, or downloads, at a time');
}

/** Throws USAGE. */
export function runOf(options: OptionValues): Pick<BuildRequest, 'workers'> {
  return { workers: workersOf(options) };
}

function workersOf(options: OptionValues): number | undefined {
  const text = textOption(options, 'workers');
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new LadingError('USAGE', `Cannot use --workers ${text}: it is a number from 1 up`);
}
