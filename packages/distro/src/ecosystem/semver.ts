import { compareNumerals, compareText, isDigit, isDigits, type Numeral, numeralOf } from '../internal/numeral.ts';

/** The parts of a version that follows Semantic Versioning, or nearly. */
export interface SemanticVersion {
  /** Without zeros at its end: `1.0` and `1.0.0` are one version. */
  readonly release: readonly Numeral[];
  /** Identifiers with dots between, empty when there are none. */
  readonly prerelease: string;
  readonly build: string;
}

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`: npm, Go, crates.io and others. Semantic Versioning 2.0
 * §11; build metadata does not count. Total: a leading `v` is left out, missing numbers are zeros, further ones count too, and what
 * comes after the numbers is a pre-release also without a hyphen, so that text that is no version is a pre-release of 0.0.0.
 */
export function compareSemanticVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parseSemanticVersion(a);
  const right = parseSemanticVersion(b);
  return compareReleases(left.release, right.release) || comparePrereleases(left.prerelease, right.prerelease);
}

export function parseSemanticVersion(text: string): SemanticVersion {
  const plus = text.indexOf('+');
  const end = plus < 0 ? text.length : plus;
  const release: Numeral[] = [];
  let at = text.charCodeAt(0) === 0x76 ? 1 : 0;
  let significant = 0;
  while (at < end && isDigit(text.charCodeAt(at))) {
    const start = at;
    while (at < end && isDigit(text.charCodeAt(at))) at++;
    const numeral = numeralOf(text.slice(start, at));
    release.push(numeral);
    if (numeral !== '') significant = release.length;
    if (text[at] !== '.') break;
    at++;
  }
  release.length = significant;
  if (text[at] === '-') at++;
  return { release, prerelease: at < end ? text.slice(at, end) : '', build: plus < 0 ? '' : text.slice(plus + 1) };
}

/** Number by number; the one that ends first is older. */
export function compareReleases(a: readonly Numeral[], b: readonly Numeral[]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = compareNumerals(a[index]!, b[index]!);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** A version without pre-release identifiers is newer than every one with some. */
export function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  return compareIdentifiers(a, b);
}

/** Identifiers with dots between: numbers by value and before text, text by its characters, fewer before more. */
export function compareIdentifiers(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = compareIdentifier(left[index]!, right[index]!);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareIdentifier(a: string, b: string): number {
  const isNumber = isDigits(a);
  if (isNumber !== isDigits(b)) return isNumber ? -1 : 1;
  return isNumber ? compareNumerals(numeralOf(a), numeralOf(b)) : compareText(a, b);
}
