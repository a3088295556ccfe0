import { LadingError } from '@lading/errors';
import type { Severity } from '@lading/facts';
import { type OptionValues, textOption } from '../command.ts';

export const formats = ['table', 'json', 'sarif', 'cyclonedx', 'openvex', 'junit', 'markdown', 'html'] as const;
export type Format = (typeof formats)[number];

export const scanners = ['vulnerabilities', 'secrets', 'config'] as const;
export type Scanner = (typeof scanners)[number];

// As @lading/facts has them; loading that for --help would cost more than this line.
const levels: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];

/** The value of an option that is one of a few. Throws USAGE. */
export function choice<T extends string>(options: OptionValues, name: string, allowed: readonly T[]): T | undefined {
  const value = textOption(options, name);
  return value === undefined ? undefined : oneOf(value, flagOf(name), allowed);
}

export function severityOption(options: OptionValues, name: string): Severity | undefined {
  return choice(options, name, levels);
}

/** What is looked for: everything unless told. Throws USAGE. */
export function scannersOption(options: OptionValues): ReadonlySet<Scanner> {
  const text = textOption(options, 'scanners');
  if (text === undefined) return new Set(scanners);
  return new Set(text.split(',').map((name) => oneOf(name.trim(), '--scanners', scanners)));
}

function oneOf<T extends string>(value: string, flag: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new LadingError('USAGE', `Cannot use ${flag} ${value}: it is one of ${allowed.join(', ')}`);
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
