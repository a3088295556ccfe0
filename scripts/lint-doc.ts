// Writes the catalogue of rules into docs/lint.md. The test beside it holds the file and the rules together.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Rule, rules } from '@lading/dockerfile';

export const lintDocument: string = join(import.meta.dirname, '../docs/lint.md');

const heading = '## The rules\n';

/** The text of docs/lint.md: what people wrote, and below it every rule. */
export function lintText(): string {
  const [written = ''] = readFileSync(lintDocument, 'utf8').split(heading);
  const own = rules.filter(({ origin }) => origin === 'lading');
  const buildkit = rules.filter(({ origin }) => origin === 'buildkit');
  return `${written}${heading}
### BuildKit's checks

${table(buildkit)}

### Rules of our own

${table(own)}
`;
}

function table(some: readonly Rule[]): string {
  const rows = some.map(({ name, level, experimental, summary, help, example }) => {
    const kind = experimental ? `${level}, experimental` : level;
    return `| \`${name}\` | ${kind} | ${summary}. ${help} | ${code(example.bad)} |`;
  });
  return ['| rule | level | what and why | is found in |', '|---|---|---|---|', ...rows].join('\n');
}

/** Lines of code in a cell of a table; a FROM that has nothing to do with it is left out. */
function code(text: string): string {
  const lines = text
    .split('\n')
    .filter((line, index, { length }) => length === 1 || index > 0 || !/^FROM \S+$/.test(line));
  return lines.map((line) => (line === '' ? '(blank)' : `\`${line.replaceAll('|', '\\|')}\``)).join('<br>');
}

if (import.meta.main) writeFileSync(lintDocument, lintText());
