import { readFileSync } from 'node:fs';

/** Of this package: the one place that knows it is package.json. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version; // our own file
