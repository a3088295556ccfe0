import type { Headers } from './headers.ts';

/** A name of a license; what is longer is its text, which some put there. */
const MAX_NAME = 100;
const CLASSIFIER = 'License ::';
/** A family of licenses, which names none. */
const VAGUE = new Set(['OSI Approved', 'DFSG approved']);

/**
 * The licenses that core metadata name, by the field that says most: an SPDX expression where there is one, else the short form, else the
 * last part of each classifier. PyPA, "Core metadata", and PEP 639.
 */
export function licensesOf(headers: Headers): string[] {
  const expression = headers.get('license-expression')?.[0];
  if (isName(expression)) return [expression];
  const short = headers.get('license')?.[0];
  if (isName(short)) return [short];
  const classifiers = headers.get('classifier') ?? [];
  const names = classifiers
    .filter((classifier) => classifier.startsWith(CLASSIFIER))
    .map((classifier) => classifier.slice(classifier.lastIndexOf('::') + 2).trim());
  return [...new Set(names.filter((name) => isName(name) && !VAGUE.has(name)))];
}

function isName(text: string | undefined): text is string {
  return text !== undefined && text !== '' && text.length <= MAX_NAME && !text.includes('\n') && text !== 'UNKNOWN';
}
