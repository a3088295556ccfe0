import { compareNumerals, isDigit, numeralOf } from '../internal/numeral.ts';

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`: runs of digits and of other characters, where a word
 * is known by how it begins: any other word < dev < alpha < beta < RC < the end < a number < patch. A leading `v` is left out, as Composer
 * does. Total but for `#`, which PHP takes for any number. PHP, `version_compare`.
 */
export function comparePackagistVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = partsOf(a);
  const right = partsOf(b);
  for (let index = 0; index < left.length || index < right.length; index++) {
    const difference = compareParts(left[index], right[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

const numberRank = 4;

function compareParts(a: string | undefined, b: string | undefined): number {
  const isNumber = a !== undefined && isDigit(a.charCodeAt(0));
  const isOtherNumber = b !== undefined && isDigit(b.charCodeAt(0));
  if (isNumber && isOtherNumber) return compareNumerals(numeralOf(a), numeralOf(b));
  if (isNumber && b === undefined) return 1;
  if (isOtherNumber && a === undefined) return -1;
  return rankOf(a) - rankOf(b);
}

/** What begins like it comes in this place; `#` stands where numbers and the end do. */
const words: readonly (readonly [word: string, rank: number])[] = [
  ['dev', 0],
  ['a', 1],
  ['b', 2],
  ['RC', 3],
  ['rc', 3],
  ['#', numberRank],
  ['p', 5],
];

function rankOf(part: string | undefined): number {
  if (part === undefined || isDigit(part.charCodeAt(0))) return numberRank;
  return words.find(([word]) => part.startsWith(word))?.[1] ?? -1;
}

function partsOf(text: string): string[] {
  return text.replace(/^[vV]/, '').match(/[0-9]+|[^0-9._+-]+/g) ?? [];
}
