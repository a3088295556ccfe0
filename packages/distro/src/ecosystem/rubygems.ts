import { compareNumerals, compareText, isDigit, numeralOf } from '../internal/numeral.ts';

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`: runs of digits and of letters, whatever is between
 * them; letters make a pre-release, and so does a hyphen. Total. RubyGems, `Gem::Version`.
 */
export function compareRubygemsVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = segmentsOf(a);
  const right = segmentsOf(b);
  for (let index = 0; index < left.length || index < right.length; index++) {
    const difference = compareSegments(left[index] ?? '', right[index] ?? '');
    if (difference !== 0) return difference;
  }
  return 0;
}

// Numbers as numerals, so that zero, which also stands for what is missing, is the empty one; text is never empty and comes first.
function compareSegments(a: string, b: string): number {
  const isNumber = a === '' || isDigit(a.charCodeAt(0));
  const isOtherNumber = b === '' || isDigit(b.charCodeAt(0));
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
  return isNumber ? compareNumerals(a, b) : compareText(a, b);
}

// Zeros do not count at the end, nor before the first letters: 1.0.a is 1.a.
function segmentsOf(text: string): string[] {
  const segments: string[] = [];
  let numbersOnly = true;
  for (const run of text.replaceAll('-', '.pre.').match(/[0-9]+|[a-zA-Z]+/g) ?? []) {
    const isNumber = isDigit(run.charCodeAt(0));
    if (!isNumber && numbersOnly) {
      numbersOnly = false;
      dropZeros(segments);
    }
    segments.push(isNumber ? numeralOf(run) : run);
  }
  dropZeros(segments);
  return segments;
}

function dropZeros(segments: string[]): void {
  while (segments.at(-1) === '') segments.pop();
}
