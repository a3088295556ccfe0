import type { LadingError } from '@lading/errors';
import { isLadingError } from '@lading/errors';
import type { CommandForm, InstructionParts } from '../instruction.ts';
import type { Span, Word } from '../span.ts';
import type { InstructionNode } from './node.ts';

/** DOCKERFILE_INVALID at a place of the instruction; at its keyword when none is given. */
export function invalidAt(node: InstructionNode, message: string, hint?: string, span?: Span): LadingError {
  const at = span ?? (node.keyword.text === '' ? node.span : node.keyword.span);
  return node.line.source.error(at, message, { hint });
}

/** Runs a parser of a value that knows no place, and puts its error at `span`. */
export function located<T>(node: InstructionNode, span: Span, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isLadingError(error, 'DOCKERFILE_INVALID')) throw error;
    throw node.line.source.error(span, error.message, { hint: error.hint, details: error.details });
  }
}

export function partsOf(node: InstructionNode): InstructionParts {
  const { source } = node.line;
  return {
    span: node.span,
    original: source.text.slice(node.span.start.offset, node.span.end.offset),
    line: [node.keyword, ...node.flags, ...(node.rest.text === '' ? [] : [node.rest])]
      .map((word) => word.text)
      .join(' '),
    keywordWord: node.keyword,
    flags: node.flags,
    words: node.words,
    comments: node.comments,
  };
}

/** Words in JSON form are the arguments of a process; anything else is one text for the shell, and may be empty. */
export function commandForm(node: InstructionNode, words: readonly Word[] = node.words): CommandForm {
  if (node.json) return { form: 'exec', argv: words.map((word) => word.text) };
  return { form: 'shell', command: words.map((word) => word.text).join(' ') };
}

/** The only argument of an instruction that takes exactly one. */
export function onlyArgument(node: InstructionNode, example: string): string {
  const [word] = node.words;
  if (word !== undefined) return word.text;
  throw invalidAt(node, `${node.keyword.text.toUpperCase()} needs an argument`, `For example: ${example}`);
}

export function atLeastOne(node: InstructionNode, example: string): void {
  if (node.words.length === 0) onlyArgument(node, example);
}
