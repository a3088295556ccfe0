// Writes the catalogue of rules into docs/secrets.md. The test beside it holds the file and the rules together.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allSecretRules, fileNameRules } from '@lading/contents';

export const secretsDocument: string = join(import.meta.dirname, '../docs/secrets.md');

const heading = '## The rules\n';

/** The text of docs/secrets.md: what people wrote, and below it every rule. */
export function secretsText(): string {
  const [written = ''] = readFileSync(secretsDocument, 'utf8').split(heading);
  const rows = [...allSecretRules, ...fileNameRules].map(
    ({ id, severity, title }) => `| \`${id}\` | ${severity} | ${title} |`,
  );
  return `${written}${heading}
| id | severity | what it finds |
|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.main) writeFileSync(secretsDocument, secretsText());
