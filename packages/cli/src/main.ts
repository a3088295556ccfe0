// The entry of the CLI. Only what `--help` needs is imported here: start-up is something users feel.
import { writeSync } from 'node:fs';
import { chooseVerb, commandGroups, findCommand } from './command-table.ts';
import { helpText } from './help.ts';
import { version } from './version.ts';

const [name, ...rest] = process.argv.slice(2);
/** As package.json has it: older ones lack the database and zstd. */
const oldestNode = [24, 15] as const;

if (isTooOld(process.versions.node)) {
  print(
    2,
    `lading: Cannot run on Node ${process.versions.node}: it needs ${oldestNode.join('.')} or later\n  hint: Put a newer node in front of PATH.`,
  );
  process.exitCode = 1;
} else if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
  print(name === undefined ? 2 : 1, helpText(version));
  process.exitCode = name === undefined ? 2 : 0;
} else if (name === '--version' || name === '-V' || name === 'version') {
  print(1, version);
} else {
  const wanted = name === 'help' ? (rest[0] ?? '') : name;
  const entry = findCommand(wanted);
  if (entry === undefined) {
    await refuse(wanted);
  } else {
    const { runCommand } = await import('./run-command.ts');
    const chosen = await chooseVerb(entry, name === 'help' ? rest.slice(1) : rest);
    process.exitCode = await runCommand(chosen.entry, name === 'help' ? ['--help'] : chosen.argv);
  }
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
}

async function refuse(wanted: string): Promise<void> {
  const { LadingError, nearest } = await import('@lading/errors');
  const option = wanted.startsWith('-');
  const names = commandGroups.flatMap(({ commands }) => commands.map((command) => command.name));
  const near = option ? undefined : nearest(wanted, names);
  const message = option
    ? `Cannot run lading: the command stands before its options, as in "lading COMMAND ${wanted}"`
    : `Cannot run lading: there is no command ${JSON.stringify(wanted)}`;
  const list = 'Run "lading --help" for the list of commands.';
  const error = new LadingError('USAGE', message, {
    hint: near === undefined ? list : `Did you mean "${near}"? ${list}`,
  });
  const text = `lading: ${error.message} [${error.code}]\n  hint: ${error.hint}`;
  print(2, process.argv.includes('--json') ? JSON.stringify({ error: error.toJSON() }) : text);
  process.exitCode = 2;
}

function print(descriptor: 1 | 2, text: string): void {
  try {
    writeSync(descriptor, `${text}\n`);
  } catch (error) {
    // A reader that has seen enough (lading --help | head -1) is not an error.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
