import { compareNumerals, compareText, isDigits, type Numeral, numeralOf } from '../internal/numeral.ts';

/**
 * Compares versions that are nothing but numbers, one by one; of two that begin alike the longer one is newer, also when zeros make it
 * longer. Total: text in place of a number is older than every number and compares as text.
 */
export function compareNumberLists(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = compareParts(a[index]!, b[index]!);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareParts(a: string, b: string): number {
  const [left, right] = [numberIn(a), numberIn(b)];
  if (left !== undefined && right !== undefined) return compareNumerals(left, right);
  return left === undefined ? (right === undefined ? compareText(a, b) : -1) : 1;
}

function numberIn(text: string): Numeral | undefined {
  return isDigits(text) ? numeralOf(text) : undefined;
}
