import { compareNumerals, compareText, isDigit, numeralOf } from '../internal/numeral.ts';

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`: alpha < beta < milestone < rc < snapshot < the release
 * < sp < any other word < a number after a hyphen < a number after a dot. Total. Maven, POM Reference §Version Order Specification, with
 * what `ComparableVersion` adds: words have no case, and a dot before a word is a hyphen.
 */
export function compareMavenVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = tokensOf(a.toLowerCase());
  const right = tokensOf(b.toLowerCase());
  for (let index = 0; index < left.length || index < right.length; index++) {
    const difference = compareTokens(left[index] ?? end, right[index] ?? end);
    if (difference !== 0) return difference;
  }
  return 0;
}

interface Token {
  /** Its place among tokens of other kinds; tokens of one kind compare by `text`. */
  readonly rank: number;
  readonly text: string;
}

const words = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const otherWord = words.length;
const hyphenNumber = otherWord + 1;
const dotNumber = otherWord + 2;
const end: Token = { rank: words.indexOf(''), text: '' };

const aliases: ReadonlyMap<string, string> = new Map([
  ['cr', 'rc'],
  ['ga', ''],
  ['final', ''],
  ['release', ''],
]);
const aliasesBeforeDigits: ReadonlyMap<string, string> = new Map([
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
]);

function compareTokens(a: Token, b: Token): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.rank < hyphenNumber ? compareText(a.text, b.text) : compareNumerals(a.text, b.text);
}

// Between dots, hyphens and changes from digits to others, which are hyphens too; what is empty there is 0.
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let afterHyphen = false;
  for (let at = 0; at <= text.length; ) {
    const start = at;
    const isNumber = isDigit(text.charCodeAt(at));
    while (at < text.length && !isSeparator(text[at]) && isDigit(text.charCodeAt(at)) === isNumber) at++;
    const run = text.slice(start, at);
    const token =
      run === '' ? numberToken('0', afterHyphen) : isNumber ? numberToken(run, afterHyphen) : wordToken(run, text, at);
    if (token.rank !== dotNumber) trim(tokens);
    tokens.push(token);
    if (at < text.length && !isSeparator(text[at])) {
      afterHyphen = true;
    } else {
      afterHyphen = text[at] === '-';
      at++;
    }
  }
  trim(tokens);
  return tokens;
}

function isSeparator(character: string | undefined): boolean {
  return character === '.' || character === '-';
}

function numberToken(digits: string, afterHyphen: boolean): Token {
  return { rank: afterHyphen ? hyphenNumber : dotNumber, text: numeralOf(digits) };
}

function wordToken(word: string, text: string, at: number): Token {
  const meant = (isDigit(text.charCodeAt(at)) ? aliasesBeforeDigits.get(word) : undefined) ?? aliases.get(word) ?? word;
  const known = words.indexOf(meant);
  return { rank: known < 0 ? otherWord : known, text: known < 0 ? meant : '' };
}

// Zeros and words for the release itself do not count before a hyphen and at the end.
function trim(tokens: Token[]): void {
  for (let last = tokens.at(-1); last !== undefined && isNull(last); last = tokens.at(-1)) tokens.pop();
}

function isNull(token: Token): boolean {
  return token.text === '' && (token.rank === end.rank || token.rank >= hyphenNumber);
}
