import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of this package: the one place that knows it is package.json. */
export const version: string = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string }
).version; // our own file
