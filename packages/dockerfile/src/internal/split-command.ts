import type { LogicalLine, Piece } from './logical-line.ts';
import { isSeparator, isSpace, skipSpace, trimEnd } from './space.ts';

export interface SplitCommand {
  readonly keyword: Piece;
  /** `--name=value` with quotes and escapes read. */
  readonly flags: readonly Piece[];
  /** What is left for the instruction itself, trimmed. */
  readonly rest: Piece;
}

/** Splits part of a logical line into its keyword, its flags and the rest. */
export function splitCommand(line: LogicalLine, start: number, end: number, escapeChar: string): SplitCommand {
  const text = line.text;
  const from = skipSpace(text, start, end);
  const to = trimEnd(text, from, end);
  let keywordEnd = from;
  while (keywordEnd < to && !isSeparator(text.charAt(keywordEnd))) keywordEnd++;
  const { flags, next } = splitFlags(text, keywordEnd, to, escapeChar);
  const restStart = skipSpace(text, next, to);
  return { keyword: line.piece(from, keywordEnd), flags, rest: line.piece(restStart, Math.max(restStart, to)) };
}

/** Takes words that start with `--` up to the first that does not, or up to a lone `--`, which is dropped. */
function splitFlags(text: string, start: number, end: number, escapeChar: string): { flags: Piece[]; next: number } {
  const flags: Piece[] = [];
  let at = start;
  while (true) {
    at = skipSpace(text, at, end);
    if (at >= end || !text.startsWith('--', at) || at + 1 >= end) return { flags, next: at };
    const word = readFlag(text, at, end, escapeChar);
    at = word.end;
    if (word.text === '--') return { flags, next: at };
    if (word.text !== '') flags.push(word);
  }
}

function readFlag(text: string, start: number, end: number, escapeChar: string): Piece {
  const parts: string[] = [];
  let quote = '';
  let at = start;
  for (; at < end; at++) {
    const char = text.charAt(at);
    if (quote === '' && isSpace(char)) break;
    if (quote === '' ? char === '"' || char === "'" : char === quote) {
      quote = quote === '' ? char : '';
    } else if (char === escapeChar) {
      at++;
      if (at < end) parts.push(text.charAt(at));
      else break;
    } else {
      parts.push(char);
    }
  }
  return { text: parts.join(''), start, end: Math.min(at, end) };
}
