import type { LogicalLine, Piece } from './logical-line.ts';
import { isSeparator, isSpace } from './space.ts';

/** Words between white space, nothing else read: FROM, EXPOSE and the plain form of COPY, ADD and VOLUME. */
export function splitPlainWords(line: LogicalLine, rest: Piece): Piece[] {
  const words: Piece[] = [];
  let start = rest.start;
  for (let at = rest.start; at <= rest.end; at++) {
    if (at < rest.end && !isSeparator(line.text.charAt(at))) continue;
    if (at > start) words.push(line.piece(start, at));
    start = at + 1;
  }
  return words;
}

/**
 * Words that keep together what is quoted or escaped; quotes and escapes stay in the text, because expansion reads them
 * later: ENV, LABEL and ARG. An escape character at the very end is dropped.
 */
export function splitQuotedWords(line: LogicalLine, rest: Piece, escapeChar: string): Piece[] {
  const { text } = line;
  const words: Piece[] = [];
  let start = -1;
  let end = rest.start;
  let quote = '';
  const finish = (): void => {
    if (start !== -1 && end > start) words.push(line.piece(start, end));
    start = -1;
  };
  for (let at = rest.start; at < rest.end; at++) {
    const char = text.charAt(at);
    if (quote === '' && isSpace(char)) {
      finish();
      continue;
    }
    if (start === -1) start = at;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") {
      quote = char;
    }
    if (char === escapeChar && quote !== "'") {
      if (at + 1 === rest.end) break;
      at++;
    }
    end = at + 1;
  }
  finish();
  return words;
}
