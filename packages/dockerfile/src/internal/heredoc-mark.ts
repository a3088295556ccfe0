import { isLadingError } from '@lading/errors';
import { type LexerOptions, lexWord } from './word-lexer.ts';

/** `<<NAME` in an instruction: what it announces, before its content is read. */
export interface HeredocMark {
  readonly name: string;
  readonly expand: boolean;
  readonly stripTabs: boolean;
  readonly fileDescriptor: number;
}

const MARK = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/;
// here-documents are read with this escape character whatever the directive says
const plain: LexerOptions = { escape: '\\', env: () => undefined, keepUnset: true };

/** The here-documents that a line announces, in order. A line whose quotes do not close announces none: it is left to the shell. */
export function heredocMarks(line: string): HeredocMark[] {
  return lex(line, { ...plain, rawQuotes: true, rawEscapes: true }).flatMap((word) => parseHeredocMark(word) ?? []);
}

/** Reads one word such as `3<<-"EOF"`; undefined when it is none. */
export function parseHeredocMark(word: string): HeredocMark | undefined {
  const match = MARK.exec(word);
  const written = match?.[3] ?? '';
  if (match === null || written === '') return undefined;
  const names = lex(written, plain);
  const [name] = names;
  if (names.length !== 1 || name === undefined) return undefined;
  const [quoted = ''] = lex(written, { ...plain, rawQuotes: true });
  return {
    name,
    expand: quotes(name) === quotes(quoted),
    stripTabs: match[2] === '-',
    fileDescriptor: Math.min(Number(match[1]), 0x7fffffff),
  };
}

function quotes(text: string): number {
  return text.replace(/[^'"]/g, '').length;
}

function lex(text: string, options: LexerOptions): readonly string[] {
  try {
    return lexWord(text, options).words;
  } catch (error) {
    if (isLadingError(error)) return [];
    throw error;
  }
}
