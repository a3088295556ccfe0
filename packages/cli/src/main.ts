// The entry of the CLI. Only what `--help` needs is imported here: start-up is something users feel.
import { writeSync } from 'node:fs';
import { findCommand } from './command-table.ts';
import { helpText, nearestCommand } from './help.ts';

const version = '0.1.0';
const [name, ...rest] = process.argv.slice(2);

if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
  print(1, helpText(version));
  process.exitCode = name === undefined ? 2 : 0;
} else if (name === '--version' || name === '-V' || name === 'version') {
  print(1, version);
} else {
  const wanted = name === 'help' ? (rest[0] ?? '') : name;
  const entry = findCommand(wanted);
  if (entry === undefined) {
    const near = nearestCommand(wanted);
    print(2, `lading: there is no command "${wanted}"${near === undefined ? '' : `; did you mean "${near}"?`}`);
    print(2, 'Run "lading --help" for the list.');
    process.exitCode = 2;
  } else {
    const { runCommand } = await import('./run-command.ts');
    process.exitCode = await runCommand(entry, name === 'help' ? ['--help'] : rest);
  }
}

function print(descriptor: 1 | 2, text: string): void {
  writeSync(descriptor, `${text}\n`);
}
