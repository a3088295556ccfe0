import { readFile } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import { parseSize } from '../housekeeping/amounts.ts';

/** The rules of dive's CI mode; undefined is a rule that is off. Shares are 0 to 1. */
export interface DiveRules {
  readonly lowestEfficiency: number | undefined;
  readonly highestWastedBytes: number | undefined;
  readonly highestUserWastedPercent: number | undefined;
}

/** dive 0.13 cmd/dive/cli/internal/options/ci_rules.go. */
const defaults: Readonly<Record<keyof DiveRules, string>> = {
  lowestEfficiency: '0.9',
  highestWastedBytes: 'disabled',
  highestUserWastedPercent: '0.1',
};

/** The rules of a file as dive reads it, `.dive-ci` unless told; without that file dive's own. Throws USAGE, naming the rule. */
export async function readDiveRules(file?: string): Promise<DiveRules> {
  const path = file ?? '.dive-ci';
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (file === undefined && error.code === 'ENOENT') return '';
    throw new LadingError('USAGE', `Cannot read the rules in ${path}: ${error.message}`, { cause: error });
  });
  return parseDiveRules(text, path);
}

/** Its YAML is `rules:` with one rule for each line below it. `path` is for messages. Throws USAGE. */
export function parseDiveRules(text: string, path: string): DiveRules {
  const rules = { ...defaults };
  for (const line of text.split('\n')) {
    const [, name = '', written = ''] = /^\s+(\w+):\s*(.*?)\s*(?:#.*)?$/.exec(line) ?? [];
    if (Object.hasOwn(rules, name)) rules[name as keyof DiveRules] = written.replace(/^(["'])(.*)\1$/, '$2');
  }
  const isOff = (value: string): boolean => ['', 'disabled', 'off', 'false'].includes(value.trim().toLowerCase());
  const ratio = (name: keyof DiveRules): number | undefined => {
    const value = rules[name];
    if (isOff(value)) return undefined;
    const number = Number(value);
    if (number >= 0 && number <= 1) return number;
    throw new LadingError(
      'USAGE',
      `Cannot use ${name} ${JSON.stringify(value)} of ${path}: it is not a share from 0 to 1`,
    );
  };
  const bytes = rules.highestWastedBytes;
  return {
    lowestEfficiency: ratio('lowestEfficiency'),
    // It also takes amounts without a unit.
    highestWastedBytes: isOff(bytes)
      ? undefined
      : parseSize(/^[\d.]+$/.test(bytes) ? `${bytes}B` : bytes, `highestWastedBytes of ${path}`),
    highestUserWastedPercent: ratio('highestUserWastedPercent'),
  };
}
