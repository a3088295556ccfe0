import { isLadingError, LadingError, messageOf } from '@lading/errors';
import { Command, CommanderError } from 'commander';
import type { Result } from './command.ts';
import type { CommandEntry } from './command-table.ts';
import { createContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';

/** Parses the arguments of one command, runs it, prints its result or error, and gives the exit code. */
export async function runCommand(entry: CommandEntry, argv: readonly string[]): Promise<number> {
  const { command: definition } = await entry.load();
  const command = new Command(`lading ${entry.name}`)
    .description(`${entry.summary[0]?.toUpperCase()}${entry.summary.slice(1)}.`)
    .exitOverride()
    .showHelpAfterError(`Run "lading ${entry.name} --help" for usage and examples.`)
    .option('--json', 'print the result as JSON')
    .option('--root <folder>', 'where images, cache and snapshots lie (LADING_HOME)')
    .option('--quiet', 'no progress');
  definition.configure(command);

  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    throw error;
  }

  const options = command.opts();
  const json = options.json === true;
  const context = createContext({ json, quiet: options.quiet === true, root: options.root as string | undefined });
  try {
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

async function print(result: Result, json: boolean): Promise<void> {
  const text = json ? JSON.stringify(result.data, undefined, 2) : result.text;
  if (text === undefined || text === '') return;
  await new Promise<void>((resolve, reject) => {
    // A reader that closes early (lading ls | head) is not an error.
    process.stdout.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' ? resolve() : reject(error),
    );
    process.stdout.write(`${text}\n`, () => resolve());
  });
}

/** Writes the error to stderr, as JSON under `--json`. Something that is not a LadingError is a defect: its stack is shown. */
function report(error: unknown, json: boolean, signal: AbortSignal): number {
  const known = isLadingError(error)
    ? error
    : signal.aborted
      ? new LadingError('INTERRUPTED', 'Interrupted')
      : undefined;
  if (known === undefined) {
    console.error(`lading: this is a defect in Lading, please report it with the lines below: ${messageOf(error)}`);
    if (error instanceof Error && error.stack !== undefined) console.error(error.stack);
    return 1;
  }
  if (json) console.error(JSON.stringify({ error: known.toJSON() }));
  else {
    console.error(`lading: ${known.message} [${known.code}]`);
    for (const cause of causesOf(known)) console.error(`  because: ${cause}`);
    if (known.hint !== undefined) console.error(`  hint: ${known.hint}`);
  }
  return exitCodes[rootKind(known)];
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
