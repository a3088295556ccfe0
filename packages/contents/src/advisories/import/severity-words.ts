import type { Severity } from '@lading/facts';

const words: ReadonlyMap<string, Severity> = new Map<string, Severity>([
  ['critical', 'critical'],
  ['important', 'high'],
  ['high', 'high'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['low', 'low'],
  ['minor', 'low'],
  ['negligible', 'negligible'],
  ['unimportant', 'negligible'],
]);

/** A rating in the words of GitHub, Red Hat and its heirs, Debian or Ubuntu; undefined for `not yet assigned` and whatever is none. */
export function severityOfWord(word: unknown): Severity | undefined {
  // Debian's `low**` is its own guess from the vulnerability's nature.
  return typeof word === 'string' ? words.get(word.toLowerCase().replace(/\**$/, '')) : undefined;
}
