import { LadingError } from '@lading/errors';

// The patterns behind # ## % %% / and // of a substitution: `*`, `?`, and `\` before either or itself. A wildcard does not
// cross a line feed. They are run as an automaton: time grows with text × pattern, whatever the pattern.

type Token = { readonly kind: 'star' } | { readonly kind: 'any' } | { readonly kind: 'char'; readonly char: string };

/** Bounds hostile patterns: real ones need a few thousand steps. */
const MAX_STEPS = 5_000_000;

export function removePrefix(value: string, pattern: string, longest: boolean): string {
  const text = Array.from(value);
  return text.slice(matchEnd(text, 0, tokensOf(pattern), longest, { left: MAX_STEPS }) ?? 0).join('');
}

export function removeSuffix(value: string, pattern: string, longest: boolean): string {
  const text = Array.from(value).reverse();
  const tokens = tokensOf(pattern).reverse();
  return text
    .slice(matchEnd(text, 0, tokens, longest, { left: MAX_STEPS }) ?? 0)
    .reverse()
    .join('');
}

/** Replaces the first longest match, or every one from left to right. A match of nothing counts where nothing was just replaced. */
export function replacePattern(
  value: string,
  pattern: string,
  replacement: string,
  all: boolean,
  maxLength: number,
): string {
  const text = Array.from(value);
  const tokens = tokensOf(pattern);
  const steps = { left: MAX_STEPS };
  const parts: string[] = [];
  let length = 0;
  let copied = 0;
  let lastEnd = -1;
  for (let start = 0; start <= text.length; start++) {
    const end = matchEnd(text, start, tokens, true, steps);
    if (end === undefined || (end === start && start === lastEnd)) continue;
    parts.push(text.slice(copied, start).join(''), replacement);
    length += start - copied + replacement.length;
    if (length > maxLength) throw tooMuch();
    copied = end;
    lastEnd = end;
    if (!all) break;
    start = Math.max(start, end - 1);
  }
  parts.push(text.slice(copied).join(''));
  return parts.join('');
}

function tokensOf(pattern: string): Token[] {
  const chars = Array.from(pattern);
  const tokens: Token[] = [];
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index] ?? '';
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (char === '?') {
      tokens.push({ kind: 'any' });
    } else if (char === '\\') {
      const escaped = chars[++index] ?? '';
      // } and / are escaped for the substitution around the pattern, not for the pattern
      if (!['*', '?', '\\', '}', '/'].includes(escaped)) {
        throw new LadingError(
          'DOCKERFILE_INVALID',
          `the pattern "${pattern}" escapes "${escaped}", which needs no escape`,
          {
            hint: 'In a pattern only * ? \\ } and / can be escaped.',
          },
        );
      }
      tokens.push({ kind: 'char', char: escaped });
    } else {
      tokens.push({ kind: 'char', char });
    }
  }
  return tokens;
}

/** Where a match from `start` ends: the nearest place, or the farthest. Undefined when there is none. */
function matchEnd(
  text: readonly string[],
  start: number,
  tokens: readonly Token[],
  longest: boolean,
  steps: { left: number },
): number | undefined {
  let reached: number[] = [start];
  for (const token of tokens) {
    const next: number[] = [];
    for (const at of reached) {
      steps.left--;
      if (token.kind === 'star') {
        // positions ascend, so what an earlier one already walked over holds for this one too
        let to = at;
        if (next.length > 0 && to <= next.at(-1)!) continue;
        next.push(to);
        while (to < text.length && text[to] !== '\n') {
          next.push(++to);
          steps.left--;
        }
      } else if (at < text.length && (token.kind === 'any' ? text[at] !== '\n' : text[at] === token.char)) {
        next.push(at + 1);
      }
      if (steps.left < 0) throw tooMuch();
    }
    reached = next;
    if (reached.length === 0) return undefined;
  }
  return longest ? reached.at(-1) : reached[0];
}

function tooMuch(): LadingError {
  return new LadingError('DOCKERFILE_INVALID', 'a substitution is too large to carry out', {
    hint: 'Shorten the pattern, or the value it is applied to.',
  });
}
