// Path patterns as an automaton: a path is read once, whatever the pattern, so none can make matching slow. Two dialects:
// Go's filepath.Match, and the one of ignore files, which adds `**`.

type Token =
  | { readonly kind: 'char'; readonly char: string }
  /** `?` */
  | { readonly kind: 'any' }
  /** `*` */
  | { readonly kind: 'star' }
  /** `[a-z]`, which may match a slash, as in Go */
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] }
  /** `**` before more pattern: nothing, or anything up to and including a slash. Always followed by `within`. */
  | { readonly kind: 'folders' }
  | { readonly kind: 'within' }
  /** `**` at the end: anything */
  | { readonly kind: 'rest' };

export interface Glob {
  matches(path: string): boolean;
  /** True when some longer path that starts with `path` matches. */
  matchesBelow(path: string): boolean;
}

/** Compiles a pattern; undefined when it is malformed: an open `[`, an empty or reversed range, a `\` at the end. */
export function compileGlob(pattern: string, options: { readonly doubleStar: boolean }): Glob | undefined {
  const tokens = tokensOf(Array.from(pattern), options.doubleStar);
  if (tokens === undefined) return undefined;
  const literal = tokens.every((token) => token.kind === 'char')
    ? tokens.map((token) => token.char).join('')
    : undefined;
  if (literal !== undefined) {
    return {
      matches: (path) => path === literal,
      matchesBelow: (path) => literal.length > path.length && literal.startsWith(path),
    };
  }
  return {
    matches: (path) => run(tokens, path).includes(tokens.length),
    matchesBelow: (path) => run(tokens, path).some((state) => state < tokens.length),
  };
}

/** True when the pattern has an unescaped `*`, `?` or `[`. */
export function hasWildcards(pattern: string): boolean {
  return /[*?[]/.test(pattern.replace(/\\[\s\S]/g, ''));
}

function tokensOf(chars: readonly string[], doubleStar: boolean): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === '*' && doubleStar && chars[at + 1] === '*') {
      at++;
      if (chars[at + 1] === '/') at++;
      if (at + 1 === chars.length) tokens.push({ kind: 'rest' });
      else if (tokens.at(-1)?.kind !== 'within') tokens.push({ kind: 'folders' }, { kind: 'within' });
    } else if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (char === '?') {
      tokens.push({ kind: 'any' });
    } else if (char === '[') {
      const end = readClass(chars, at + 1, tokens);
      if (end === undefined) return undefined;
      at = end;
    } else if (char === '\\') {
      const escaped = chars[++at];
      if (escaped === undefined) return undefined;
      tokens.push({ kind: 'char', char: escaped });
    } else {
      tokens.push({ kind: 'char', char });
    }
  }
  return tokens;
}

/** Reads a class whose `[` is behind; gives the index of its `]`. */
function readClass(chars: readonly string[], start: number, tokens: Token[]): number | undefined {
  let at = start;
  const negated = chars[at] === '^';
  if (negated) at++;
  const ranges: [string, string][] = [];
  while (chars[at] !== ']' || ranges.length === 0) {
    const low = readClassChar(chars, at);
    if (low === undefined) return undefined;
    at = low.next;
    let high = low;
    if (chars[at] === '-') {
      const end = readClassChar(chars, at + 1);
      if (end === undefined) return undefined;
      high = end;
      at = end.next;
    }
    ranges.push([low.char, high.char]);
  }
  tokens.push({ kind: 'class', negated, ranges });
  return at;
}

function readClassChar(chars: readonly string[], at: number): { char: string; next: number } | undefined {
  const char = chars[at];
  if (char === undefined || char === '-' || char === ']') return undefined;
  if (char !== '\\') return { char, next: at + 1 };
  const escaped = chars[at + 1];
  return escaped === undefined ? undefined : { char: escaped, next: at + 2 };
}

/** The states that are alive after reading the whole path; a state is how many tokens are behind it. */
function run(tokens: readonly Token[], path: string): readonly number[] {
  const marks = new Int32Array(tokens.length + 1).fill(-1);
  let states = enter([], 0, tokens, marks, 0);
  let step = 1;
  for (const char of path) {
    const next: number[] = [];
    for (const state of states) {
      const token = tokens[state];
      if (token === undefined) continue;
      if (token.kind === 'star' ? char !== '/' : token.kind === 'within' || token.kind === 'rest') {
        enter(next, state, tokens, marks, step);
      }
      if (advances(token, char)) enter(next, state + 1, tokens, marks, step);
    }
    if (next.length === 0) return next;
    states = next;
    step++;
  }
  return states;
}

/** Adds a state and those that are reached from it without reading anything. */
function enter(states: number[], from: number, tokens: readonly Token[], marks: Int32Array, step: number): number[] {
  let state = from;
  while (marks[state] !== step) {
    marks[state] = step;
    states.push(state);
    const kind = tokens[state]?.kind;
    if (kind === 'star' || kind === 'rest') state++;
    else if (kind === 'folders') {
      enter(states, state + 1, tokens, marks, step);
      state += 2;
    } else break;
  }
  return states;
}

function advances(token: Token, char: string): boolean {
  switch (token.kind) {
    case 'char':
      return token.char === char;
    case 'any':
      return char !== '/';
    case 'class':
      return token.ranges.some(([low, high]) => compare(low, char) <= 0 && compare(char, high) <= 0) !== token.negated;
    case 'within':
      return char === '/';
    default:
      return false;
  }
}

function compare(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
