import type { RunInstruction } from '../../instruction.ts';
import { lineKind, withoutContinuation } from '../../internal/continuation.ts';
import { LogicalLine } from '../../internal/logical-line.ts';
import type { SourceText } from '../../internal/source.ts';
import type { Span } from '../../span.ts';
import { commandOf, type ShellCommand, shellCommands } from './shell-command.ts';
import type { ShellToken } from './shell-word.ts';

/** What a RUN runs, command by command. */
export interface RunScript {
  readonly instruction: RunInstruction;
  readonly commands: readonly ShellCommand[];
  /** True when a failure anywhere in a pipe fails the step. */
  readonly pipefail: boolean;
  /** Where a token, or what lies between two, stands in the Dockerfile. */
  readonly span: (from: ShellToken, to?: ShellToken) => Span;
}

const posixShells = new Set(['sh', 'bash', 'ash', 'dash', 'ksh', 'zsh']);

/**
 * Reads the script of a RUN. It has no commands where the shell is none that we read (PowerShell), and where a here-document goes
 * to another program.
 */
export function runScript(
  instruction: RunInstruction,
  shell: readonly string[],
  source: SourceText,
  escapeChar: '\\' | '`',
): RunScript {
  const nothing: RunScript = { instruction, commands: [], pipefail: false, span: () => instruction.span };
  if (instruction.form === 'exec') return execForm(instruction);
  if (!posixShells.has(shell[0]?.slice(shell[0].lastIndexOf('/') + 1) ?? '')) return nothing;
  const line = scriptLine(instruction, source, escapeChar);
  if (line === undefined) return nothing;
  const commands = shellCommands(line.text);
  return {
    instruction,
    commands,
    pipefail: [...shell].includes('pipefail') || commands.some(setsPipefail),
    span: (from, to = from) => line.span(from.start, to.end),
  };
}

function setsPipefail({ name, args }: ShellCommand): boolean {
  return name === 'set' && args.some(({ text }) => text === 'pipefail');
}

function execForm(instruction: RunInstruction): RunScript {
  const words = instruction.words.map(
    ({ text }, index): ShellToken => ({ kind: 'word', text, start: index, end: index, dynamic: false }),
  );
  const command = commandOf(words, false);
  const place = (index: number): Span => instruction.words[index]?.span ?? instruction.span;
  return {
    instruction,
    commands: command === undefined ? [] : [command],
    pipefail: true,
    span: (from, to = from) => ({ start: place(from.start).start, end: place(to.end).end }),
  };
}

/** The script on one line, with the places of its characters: the text behind the flags, or the only here-document. */
function scriptLine(instruction: RunInstruction, source: SourceText, escapeChar: string): LogicalLine | undefined {
  const [word] = instruction.words;
  if (word === undefined) return undefined;
  const [heredoc, second] = instruction.heredocs;
  if (heredoc !== undefined) {
    const whole = second === undefined && /^\d*<<-?\s*(["']?)[^\s"'<]+\1$/.test(word.text);
    if (!whole || (heredoc.content.startsWith('#!') && !/^#!.*\b(?:sh|bash|ash|dash)\b/.test(heredoc.content)))
      return undefined;
    return new LogicalLine(source, [{ start: heredoc.span.start.offset, end: heredoc.span.end.offset }]);
  }
  const { start, end } = word.span;
  const parts: { start: number; end: number }[] = [];
  for (let index = start.line - 1; index < end.line; index++) {
    const line = source.lines[index];
    if (line === undefined) break;
    if (parts.length > 0 && lineKind(source.text, line.start, line.end) !== 'instruction') continue;
    const part = withoutContinuation(source.text, Math.max(line.start, start.offset), line.end, escapeChar);
    parts.push({ start: part.start, end: Math.min(part.end, end.offset) });
  }
  return new LogicalLine(source, parts);
}
