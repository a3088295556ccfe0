import type { Command } from 'commander';
import type { Context } from './context.ts';

/** What a command found out or did. The edge prints `bytes`, else `text`, or `data` under `--json`. */
export interface Result {
  /** Undefined: nothing is printed under `--json`. */
  readonly data: unknown;
  /** For people; goes to stdout and ends without a line break. Absent: nothing is printed. */
  readonly text?: string;
  /** Goes to stdout exactly as it is, also under `--json`: what a digest covers, or what another program reads. */
  readonly bytes?: Uint8Array;
  /** 0 where absent. */
  readonly exitCode?: number;
}

/** A command: its surface, and what it does. It prints nothing itself but through its context. */
export interface CommandModule {
  /** Declares arguments, options and examples on a fresh commander command. */
  readonly configure: (command: Command) => void;
  readonly run: (context: Context, args: readonly string[], options: OptionValues) => Promise<Result>;
}

/** One row of `lading --help`. The module behind it is loaded only when the command is used. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** It fills the disk: where that is nearly full, what nothing needs goes first. */
  readonly needsRoom?: boolean;
  readonly load: () => Promise<{ readonly command: CommandModule }>;
  /** A command of several words: the entries behind its second one. `load` is what it is without. */
  readonly verbs?: () => Promise<{ readonly verbs: readonly CommandEntry[] }>;
}

/** Values as commander parsed them, by the camel-case name of the option. */
export type OptionValues = Readonly<Record<string, unknown>>;

/** The value of an option that takes one; undefined when it was not given. */
export function textOption(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Every value of an option that may be repeated. */
export function listOption(options: OptionValues, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? (value as string[]) : [];
}

export function flagOption(options: OptionValues, name: string): boolean {
  return options[name] === true;
}

/** For commander's repeatable options: collects the values in order. One whose name begins with `--no-` is `true` before it is given. */
export function collectValues(value: string, previous: readonly string[] | true | undefined): string[] {
  return [...(Array.isArray(previous) ? previous : []), value];
}

/** The section of examples at the end of `lading COMMAND --help`. */
export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`).join('\n')}`;
}
