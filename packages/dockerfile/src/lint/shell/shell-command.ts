import { type ShellToken, splitShell } from './shell-word.ts';

/** One program that a script calls. */
export interface ShellCommand {
  /** The program, without its folder and without what only starts it (`sudo`, `env A=b`, `exec`). */
  readonly name: string;
  /** The word that the name stands in. */
  readonly nameWord: ShellToken;
  /** What follows the name. */
  readonly args: readonly ShellToken[];
  /** Every word, from the first to the last: `sudo` and assignments included. */
  readonly words: readonly ShellToken[];
  /** What stands in front of the name: `sudo`, `env`. */
  readonly through: readonly string[];
  /** True when its output goes into the next command of the list. */
  readonly piped: boolean;
}

const reserved = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '!', '{', 'time']);
/** Words behind which no program stands. */
const noCommand = new Set(['for', 'case', 'select', 'function', 'fi', 'done', 'esac', '}', 'in']);
const starters = new Set(['sudo', 'doas', 'env', 'exec', 'command', 'nice', 'nohup', 'eatmydata']);

/** The commands of a script in order, as far as they can be told without running it. */
export function shellCommands(script: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: ShellToken[] = [];
  const finish = (piped: boolean): void => {
    const command = commandOf(words, piped);
    if (command !== undefined) commands.push(command);
    words = [];
  };
  for (const token of splitShell(script)) {
    if (token.kind === 'word') words.push(token);
    else finish(token.text === '|' || token.text === '|&');
  }
  finish(false);
  return commands;
}

/** The command that words make, such as those of the exec form. */
export function commandOf(all: readonly ShellToken[], piped: boolean): ShellCommand | undefined {
  let first = 0;
  while (first < all.length && reserved.has(all[first]!.text)) first++;
  const words = all.slice(first);
  const through: string[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const { text } = words[at]!;
    if (isAssignment(text)) continue;
    if (starters.has(text)) through.push(text);
    else if (through.length === 0 || !text.startsWith('-')) break;
  }
  const nameWord = words[at];
  if (nameWord === undefined || noCommand.has(nameWord.text)) return undefined;
  const name = nameWord.text.slice(nameWord.text.lastIndexOf('/') + 1);
  return { name, nameWord, args: words.slice(at + 1), words, through, piped };
}

function isAssignment(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*=/.test(text);
}

/** True for one of the options, written alone, with a value (`--x=1`), or among short ones (`-y` in `-qy`). */
export function hasOption(command: ShellCommand, ...names: readonly string[]): boolean {
  return command.args.some(({ text }) =>
    names.some((name) =>
      name.startsWith('--') || name.length > 2
        ? text === name || text.startsWith(`${name}=`)
        : /^-[A-Za-z]+$/.test(text) && text.includes(name.charAt(1)),
    ),
  );
}
