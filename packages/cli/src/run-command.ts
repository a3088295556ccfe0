import { isLadingError, LadingError, messageOf } from '@lading/errors';
import { Command, CommanderError } from 'commander';
import type { CommandEntry, CommandModule, Result } from './command.ts';
import { createContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { surviveClosedPipes, writeOut } from './output.ts';
import { printable, printableJson } from './printable.ts';

/** Parses the arguments of one command, runs it, prints its result or error, and gives the exit code. */
export async function runCommand(entry: CommandEntry, argv: readonly string[]): Promise<number> {
  surviveClosedPipes();
  const { command: definition } = await entry.load();
  const command = commandOf(entry, definition);

  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return report(error instanceof CommanderError ? usageError(entry, error) : error, wantsJson(argv));
  }

  const options = command.opts();
  const json = options.json === true;
  const context = createContext({ json, quiet: options.quiet === true, root: options.root as string | undefined });
  try {
    if (entry.needsRoom === true) await (await import('./housekeeping/make-room.ts')).makeRoom(context, options.root);
    const result = await definition.run(context, command.args, options);
    context.progress.end();
    await print(result, json);
    return result.exitCode ?? 0;
  } catch (error) {
    context.progress.end();
    return report(error, json, context.signal);
  } finally {
    await context.close();
  }
}

/** The surface of a command, with what every command has. */
export function commandOf(entry: CommandEntry, definition: CommandModule): Command {
  const command = new Command(`lading ${entry.name}`)
    .description(`${entry.summary[0]?.toUpperCase()}${entry.summary.slice(1)}.`)
    .exitOverride()
    // Errors are reported here, in one form, and as JSON where asked.
    .configureOutput({ outputError: () => {} })
    .option('--json', 'print the result as JSON; errors and progress too, one object per line on stderr')
    .option('--root <folder>', 'where images, cache and snapshots lie (LADING_HOME)')
    .option('--quiet', 'no progress');
  definition.configure(command);
  return command;
}

/** Before the options are parsed, or when they cannot be. What follows `--` belongs to someone else. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}

function usageError(entry: CommandEntry, error: CommanderError): LadingError {
  const [first = '', suggestion] = error.message.split('\n');
  const fault = first.replace(/^error: /, '').replace(/\.$/, '');
  const help = `Run "lading ${entry.name} --help" for usage and examples.`;
  return new LadingError('USAGE', `Cannot run "lading ${entry.name}": ${fault}`, {
    hint: suggestion === undefined ? help : `${suggestion.replace(/^\(|\)$/g, '')} ${help}`,
  });
}

async function print(result: Result, json: boolean): Promise<void> {
  if (result.bytes !== undefined) {
    await writeOut(result.bytes);
    return;
  }
  const text = json ? printableJson(result.data) : result.text;
  if (text !== undefined && text !== '') await writeOut(`${text}\n`);
}

/** Writes the error to stderr, as JSON under `--json`. Something that is not a LadingError is a defect: its stack is shown. */
function report(error: unknown, json: boolean, signal?: AbortSignal): number {
  const known = isLadingError(error)
    ? error
    : signal?.aborted
      ? new LadingError('INTERRUPTED', 'Interrupted')
      : asDiskFull(error);
  if (known === undefined) {
    const message = `This is a defect in Lading: ${messageOf(error)}`;
    const stack = error instanceof Error ? error.stack : undefined;
    if (json) console.error(JSON.stringify({ error: { code: 'DEFECT', kind: 'failed', message, stack } }));
    else {
      console.error(`lading: ${printable(message)}\n  hint: Please report it with the lines below.`);
      if (stack !== undefined) console.error(printable(stack));
    }
    return 1;
  }
  if (json) console.error(JSON.stringify({ error: known.toJSON() }));
  else {
    console.error(`lading: ${printable(known.message)} [${known.code}]`);
    const { excerpt } = known.details;
    if (typeof excerpt === 'string') console.error(printable(excerpt.replace(/^/gm, '  ')));
    for (const cause of causesOf(known)) console.error(`  because: ${printable(cause)}`);
    if (known.hint !== undefined) console.error(`  hint: ${printable(known.hint)}`);
  }
  return exitCodes[rootKind(known)];
}

/** Wherever a disk without room shows, it is no defect. */
function asDiskFull(error: unknown): LadingError | undefined {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  // 13 is SQLITE_FULL.
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && errcode !== 13) return undefined;
  return new LadingError('DISK_FULL', 'There is no room left on the disk', {
    hint: '"lading gc" frees what nothing needs any more; "lading df" shows what takes the room.',
    cause: error,
  });
}

/** The messages below an error, outermost first, without repetition. */
function causesOf(error: LadingError): string[] {
  const causes: string[] = [];
  for (let cause: unknown = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    const text = messageOf(cause);
    if (!error.message.includes(text) && !causes.includes(text)) causes.push(text);
  }
  return causes;
}

/** A copy that failed because of the network exits like the network: the most telling kind is the deepest. */
function rootKind(error: LadingError): LadingError['kind'] {
  let kind = error.kind;
  for (let cause: unknown = error; isLadingError(cause); cause = cause.cause) {
    if (cause.kind !== 'failed') kind = cause.kind;
  }
  return kind;
}
