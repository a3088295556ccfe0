import { skipSpace } from './space.ts';

/**
 * A physical line of an instruction without what joins it to the next: the escape character at its end, white space behind it
 * included, unless another escape character stands before it.
 */
export function withoutContinuation(
  text: string,
  start: number,
  end: number,
  escapeChar: string,
): { start: number; end: number; continued: boolean } {
  let at = end;
  while (at > start && (text.charAt(at - 1) === ' ' || text.charAt(at - 1) === '\t')) at--;
  const escaped = at - 2 >= start && text.charAt(at - 2) === escapeChar;
  if (at === start || text.charAt(at - 1) !== escapeChar || escaped) return { start, end, continued: false };
  return { start, end: at - 1, continued: true };
}

/** What a physical line is, seen alone. */
export type LineKind = 'blank' | 'comment' | 'instruction';

export function lineKind(text: string, start: number, end: number): LineKind {
  const at = skipSpace(text, start, end);
  if (at === end) return 'blank';
  return text.charAt(at) === '#' ? 'comment' : 'instruction';
}
