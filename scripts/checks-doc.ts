// Writes the catalogue of checks into docs/checks.md. The test beside it holds the file and the checks together.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allChecks } from '@lading/contents';

export const checksDocument: string = join(import.meta.dirname, '../docs/checks.md');

const heading = '## The checks\n';

/** The text of docs/checks.md: what people wrote, and below it every check. */
export function checksText(): string {
  const [written = ''] = readFileSync(checksDocument, 'utf8').split(heading);
  const rows = allChecks.map(
    ({ id, severity, standard = '', title, reason, fix }) =>
      `| \`${id}\` | ${severity} | ${standard.replace('CIS Docker 1.6 ', '')} | ${title}. ${reason} | ${escaped(fix)} |`,
  );
  return `${written}${heading}
| id | severity | CIS | what and why | what to do |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) writeFileSync(checksDocument, checksText());
