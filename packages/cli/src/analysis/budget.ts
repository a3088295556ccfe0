import { LadingError } from '@lading/errors';
import type { Command } from 'commander';
import { type OptionValues, textOption } from '../command.ts';
import { parseSize } from '../housekeeping/amounts.ts';
import type { Analysis } from './analysis.ts';
import { readDiveRules } from './dive-rules.ts';

/** A limit that an image keeps or not. */
export interface Budget {
  /** The option or rule that it comes from. */
  readonly name: string;
  readonly unit: 'bytes' | 'percent';
  readonly limit: number;
  readonly value: number;
  readonly kept: boolean;
}

/** Declares the options that `budgetsOf` reads. */
export function configureBudgets(command: Command): void {
  command
    .option('--max-size <size>', 'layers as they are stored, such as 100MB')
    .option('--max-wasted <size>', 'bytes that layers carry in vain, such as 20MB')
    .option('--max-wasted-percent <percent>', 'the same, of the bytes of all files')
    .option('--min-efficiency <percent>', 'the share of the bytes of all files that the image needs')
    .option('--ci', "dive's rules on dive's figures, from .dive-ci in this folder or as dive has them by default")
    .option('--ci-config <file>', 'the same from another file');
}

/** The budgets that were asked for, held against an image. Throws USAGE for what is no amount, and as `readDiveRules`. */
export async function budgetsOf(options: OptionValues, analysis: Analysis): Promise<Budget[]> {
  const { size, waste, efficiency, dive } = analysis;
  const budgets: Budget[] = [];
  const most = (name: string, unit: Budget['unit'], limit: number | undefined, value: number | null): void => {
    if (limit !== undefined && value !== null) budgets.push({ name, unit, limit, value, kept: value <= limit });
  };
  const least = (name: string, limit: number | undefined, value: number): void => {
    if (limit !== undefined) budgets.push({ name, unit: 'percent', limit, value, kept: value >= limit });
  };
  most('max-size', 'bytes', sizeOption(options, 'maxSize', '--max-size'), size.stored);
  most('max-wasted', 'bytes', sizeOption(options, 'maxWasted', '--max-wasted'), waste.bytes);
  most(
    'max-wasted-percent',
    'percent',
    percentOption(options, 'maxWastedPercent', '--max-wasted-percent'),
    waste.percent,
  );
  least('min-efficiency', percentOption(options, 'minEfficiency', '--min-efficiency'), efficiency * 100);
  const file = textOption(options, 'ciConfig');
  if (options.ci === true || file !== undefined) {
    const rules = await readDiveRules(file);
    least('lowestEfficiency', hundredfold(rules.lowestEfficiency), dive.efficiency * 100);
    most('highestWastedBytes', 'bytes', rules.highestWastedBytes, dive.wastedBytes);
    // Where there is nothing to be a share of, dive finds nothing too much.
    most('highestUserWastedPercent', 'percent', hundredfold(rules.highestUserWastedPercent), dive.wastedPercent);
  }
  return budgets;
}

function hundredfold(ratio: number | undefined): number | undefined {
  return ratio === undefined ? undefined : ratio * 100;
}

function sizeOption(options: OptionValues, name: string, what: string): number | undefined {
  const text = textOption(options, name);
  return text === undefined ? undefined : parseSize(text, what);
}

function percentOption(options: OptionValues, name: string, what: string): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const [, number] = /^(\d{1,3}(?:\.\d{1,6})?) ?%?$/.exec(text.trim()) ?? [];
  if (number === undefined || Number(number) > 100) {
    throw new LadingError('USAGE', `Cannot use ${what} ${JSON.stringify(text)}: it is not a percentage from 0 to 100`);
  }
  return Number(number);
}
