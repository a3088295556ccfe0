/** Brackets of `%q(…)`; any other sign closes itself. */
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', s: ' ', e: '\x1b', 0: '\0' };

/**
 * The string literal that a Ruby expression starts with, also as the argument of `Gem::Version.new(…)`: `"…"`, `'…'`, `%q{…}`. Undefined
 * for anything that would have to be evaluated.
 */
export function readLiteral(expression: string): string | undefined {
  const start = /^[ \t]*(?:Gem::Version\.new[ \t]*\(?[ \t]*)?/.exec(expression)![0].length;
  return literalAt(expression, start)?.value;
}

/** The string literals of a list, or the one that stands alone: `["MIT".freeze, "Ruby".freeze]`. What is none of them ends it. */
export function readLiterals(expression: string): string[] {
  const values: string[] = [];
  let at = /^[ \t]*\[?[ \t]*/.exec(expression)![0].length;
  for (let literal = literalAt(expression, at); literal !== undefined; literal = literalAt(expression, at)) {
    values.push(literal.value);
    const next = /^(?:\.freeze)?[ \t]*,[ \t]*/.exec(expression.slice(literal.end, literal.end + 64));
    if (next === null) break;
    at = literal.end + next[0].length;
  }
  return values;
}

function literalAt(text: string, start: number): { value: string; end: number } | undefined {
  let at = start;
  let quote = text[at];
  if (quote === '%') {
    const kind = text[at + 1];
    if (kind !== 'q' && kind !== 'Q') return undefined;
    at += 2;
    quote = text[at];
  } else if (quote !== '"' && quote !== "'") return undefined;
  if (quote === undefined) return undefined;
  const evaluated = quote === '"' || text[at - 1] === 'Q';
  const closing = CLOSING[quote] ?? quote;
  let value = '';
  for (at += 1; at < text.length; at += 1) {
    const sign = text[at]!;
    if (sign === closing) return { value, end: at + 1 };
    if (evaluated && sign === '#' && text[at + 1] === '{') return undefined;
    if (sign !== '\\') value += sign;
    else {
      at += 1;
      const escaped = text[at] ?? '';
      if (evaluated) value += ESCAPED[escaped] ?? escaped;
      else value += escaped === closing || escaped === '\\' ? escaped : `\\${escaped}`;
    }
  }
  return undefined;
}
