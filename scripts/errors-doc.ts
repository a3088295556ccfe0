// Writes docs/errors.md from the table of error codes. The test beside it holds the file, the table and the code together.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@lading/cli';
import { codes, type ErrorKind } from '@lading/errors';

export const errorsDocument: string = join(import.meta.dirname, '../docs/errors.md');

/** The text of docs/errors.md. */
export function errorsText(): string {
  const rows = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { kind, meaning }]) => `| \`${code}\` | ${kind} | ${exitCodes[kind as ErrorKind]} | ${meaning} |`);
  return `# Error codes

Every failure of Lading is a \`LadingError\` with one of these codes, a message that says what failed on what and why, a hint that says
what to do next, and details for programs. Codes do not change; wording may. The command line exits with the code of the kind; an error
that has another one as its cause (a copy that failed because of the network) exits with the deeper one.

| code | kind | exit | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.main) writeFileSync(errorsDocument, errorsText());
