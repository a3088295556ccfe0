import { compareNumerals, compareText, isDigit, numeralOf } from '../internal/numeral.ts';

/**
 * Compares two versions of the time before PEP 440, which the index still has. setuptools, `pkg_resources.parse_version` until PEP 440:
 * pieces of digits or letters, letters before digits, where words for pre-releases come before the end of the version.
 */
export function compareLegacyPypiVersions(a: string, b: string): number {
  const left = piecesOf(a.toLowerCase());
  const right = piecesOf(b.toLowerCase());
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = comparePieces(left[index]!, right[index]!);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const end = 'final';
const hyphen = 'final-';
const meanings: ReadonlyMap<string, string> = new Map([
  ['pre', 'c'],
  ['preview', 'c'],
  ['rc', 'c'],
  ['dev', '@'],
  ['-', hyphen],
]);

// A word that comes before the end takes the hyphens and zeros before it away: 1.0-rc1 is 1c1.
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (const run of [...(text.match(/\d+|[a-z]+|-|[^\da-z.-]+/g) ?? []), end]) {
    const piece = isDigit(run.charCodeAt(0)) ? numeralOf(run) : (meanings.get(run) ?? run);
    if (isWord(piece)) {
      if (piece < end) while (pieces.at(-1) === hyphen) pieces.pop();
      while (pieces.at(-1) === '') pieces.pop();
    }
    pieces.push(piece);
  }
  return pieces;
}

function isWord(piece: string): boolean {
  return piece !== '' && !isDigit(piece.charCodeAt(0));
}

function comparePieces(a: string, b: string): number {
  if (isWord(a) !== isWord(b)) return isWord(a) ? -1 : 1;
  return isWord(a) ? compareText(a, b) : compareNumerals(a, b);
}
