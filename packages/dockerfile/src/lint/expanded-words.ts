import type { Instruction } from '../instruction.ts';
import { parseHeredocMark } from '../internal/heredoc-mark.ts';
import { parseMount } from '../mount.ts';
import type { Span } from '../span.ts';

/** A piece of text in which an instruction puts variables in. */
export interface ExpandedText {
  readonly text: string;
  readonly span: Span;
  readonly kind: 'word' | 'heredoc';
}

const takesVariables = new Set(['ADD', 'COPY', 'ENV', 'LABEL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR']);
const expandedFlags = /^--(?:chown|chmod|checksum)=/;

/** Every text of an instruction that is expanded while it is built (Dockerfile reference §environment-replacement), but EXPOSE. */
export function expandedTexts(instruction: Instruction): ExpandedText[] {
  if (instruction.keyword === 'RUN') {
    return instruction.flags
      .filter(({ text }) => text.startsWith('--mount='))
      .flatMap(({ text, span }) =>
        mountValues(text.slice('--mount='.length)).map((value) => ({ text: value, span, kind: 'word' as const })),
      );
  }
  if (instruction.keyword === 'ARG') {
    return instruction.args.flatMap(({ value, span }) =>
      value === undefined ? [] : [{ text: value, span, kind: 'word' }],
    );
  }
  if (!takesVariables.has(instruction.keyword)) return [];
  const transfers = instruction.keyword === 'ADD' || instruction.keyword === 'COPY';
  const flags = instruction.flags.filter(({ text }) => expandedFlags.test(text));
  const words = instruction.words.filter(({ text }) => !transfers || parseHeredocMark(text) === undefined);
  const heredocs = transfers ? instruction.heredocs.filter(({ expand }) => expand) : [];
  return [
    ...flags.map(({ text, span }) => ({ text: text.slice(text.indexOf('=') + 1), span, kind: 'word' as const })),
    ...words.map(({ text, span }) => ({ text, span, kind: 'word' as const })),
    ...heredocs.map(({ content, span }) => ({ text: content, span, kind: 'heredoc' as const })),
  ];
}

/** The values of a mount that may hold variables. */
function mountValues(text: string): string[] {
  const values: string[] = [];
  try {
    parseMount(text, (value) => {
      values.push(value);
      return value;
    });
  } catch {
    // what a variable holds may be what makes it complete
  }
  return values;
}
