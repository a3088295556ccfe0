/** Suffixes in their order; those before the empty one mark what comes before the version itself. apk-package(5). */
const suffixes = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'] as const;
const NO_SUFFIX = suffixes.indexOf('');

// In the order in which they may follow each other. A version that ends first is older than one that goes on.
const kinds = ['first', 'number', 'letter', 'suffix', 'suffix-number', 'commit', 'revision', 'end', 'invalid'] as const;
type Kind = (typeof kinds)[number];

interface Token {
  readonly kind: Kind;
  readonly text: string;
}

/** Whether the text is a version: `1.2.3b_rc1~0af3-r2`, digits first and each part in its place. apk-package(5). */
export function isAlpineVersion(text: string): boolean {
  return tokensOf(text).at(-1)?.kind === 'end' && !text.endsWith('-r');
}

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`. Total: where both stop being valid versions at
 * the same place, what is left is compared as numbers and text, so that sorting foreign data never throws. apk-tools, `version.c`.
 */
export function compareAlpineVersions(a: string, b: string): number {
  return a === b ? 0 : compare(a, b, false);
}

/** Whether `version` lies below `prefix` as `~1.2` means it: 1.2, 1.2.3 and 1.2-r4, not 1.20. */
export function alpineVersionStartsWith(version: string, prefix: string): boolean {
  return compare(version, prefix, true) === 0;
}

function compare(a: string, b: string, prefix: boolean): number {
  const left = tokensOf(a);
  const right = tokensOf(b);
  for (let index = 0; ; index++) {
    const one = left[index]!;
    const other = right[index]!;
    if (one.kind !== other.kind) {
      if (prefix && other.kind === 'end') return 0;
      if (isBefore(one)) return -1;
      if (isBefore(other)) return 1;
      return kinds.indexOf(other.kind) - kinds.indexOf(one.kind);
    }
    if (one.kind === 'end') return 0;
    if (one.kind === 'invalid') return compareRest(one.text, other.text);
    const difference = compareTokens(one, other);
    if (difference !== 0) return difference;
  }
}

function isBefore({ kind, text }: Token): boolean {
  return kind === 'suffix' && rank(text) < NO_SUFFIX;
}

function compareTokens(a: Token, b: Token): number {
  switch (a.kind) {
    case 'number':
      // As Gentoo has it: a leading zero makes it the digits of a fraction.
      if (a.text.startsWith('0') || b.text.startsWith('0')) return compareText(a.text, b.text);
      return compareNumbers(a.text, b.text);
    case 'first':
    case 'suffix-number':
    case 'revision':
      return compareNumbers(a.text, b.text);
    case 'suffix':
      return rank(a.text) - rank(b.text);
    default:
      return compareText(a.text, b.text);
  }
}

function rank(suffix: string): number {
  return suffixes.indexOf(suffix as (typeof suffixes)[number]);
}

// A hyphen starts a revision or nothing: what is not one does not count.
function compareRest(a: string, b: string): number {
  if (a.startsWith('-') && b.startsWith('-')) return 0;
  const left = runsOf(a);
  const right = runsOf(b);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one = '', other = ''] = [left[index], right[index]];
    const numbers = /^[0-9]/.test(one) && /^[0-9]/.test(other);
    const difference = numbers ? compareNumbers(one, other) : compareText(one, other);
    if (difference !== 0) return difference;
  }
  return 0;
}

function runsOf(text: string): string[] {
  return text.match(/[0-9]+|[^0-9]/g) ?? [];
}

// Numbers may have any number of digits.
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || compareText(left, right);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Each kind with what it looks like; `number` also stands for the first.
const patterns: readonly (readonly [kind: Kind, pattern: RegExp])[] = [
  ['number', /\.?([0-9]+)/y],
  ['letter', /([a-z])/y],
  ['suffix', /_(alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z])/y],
  ['commit', /~([0-9a-f]+)/y],
  ['revision', /-r([0-9]*)(?![a-z])/y],
];

/** The parts of a version; the last one is `end`, or `invalid` where it stops being a version. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let kind: Kind | undefined;
  for (let at = 0; at < text.length; ) {
    const next = nextToken(text, at, kind);
    if (next === undefined) return [...tokens, { kind: 'invalid', text: text.slice(at) }];
    tokens.push(next.token);
    kind = next.token.kind;
    at = next.end;
  }
  return [...tokens, { kind: tokens.length === 0 ? 'invalid' : 'end', text: '' }];
}

function nextToken(text: string, at: number, after: Kind | undefined): { token: Token; end: number } | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) continue;
    const actual = kind === 'number' ? numberAfter(after, text[at] === '.') : follows(kind, after) ? kind : undefined;
    return actual === undefined ? undefined : { token: { kind: actual, text: match[1] ?? '' }, end: pattern.lastIndex };
  }
  return undefined;
}

function numberAfter(after: Kind | undefined, dotted: boolean): Kind | undefined {
  if (after === undefined) return dotted ? undefined : 'first';
  if (after === 'first' || after === 'number') return 'number';
  return after === 'suffix' && !dotted ? 'suffix-number' : undefined;
}

function follows(kind: Kind, after: Kind | undefined): boolean {
  switch (kind) {
    case 'letter':
      return after === 'first' || after === 'number';
    case 'suffix':
      return after !== undefined && kinds.indexOf(after) <= kinds.indexOf('suffix-number');
    case 'commit':
      return after !== undefined && kinds.indexOf(after) < kinds.indexOf('commit');
    default:
      return after !== undefined && kinds.indexOf(after) < kinds.indexOf('revision');
  }
}
