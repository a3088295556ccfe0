import type { Comment } from '../comment.ts';
import type { Warning } from '../dockerfile.ts';
import type { Heredoc } from '../heredoc.ts';
import { type LineKind, lineKind, withoutContinuation } from './continuation.ts';
import { type HeredocMark, heredocMarks } from './heredoc-mark.ts';
import { LogicalLine } from './logical-line.ts';
import type { InstructionNode, ParsedLines } from './node.ts';
import { parseArguments } from './parse-arguments.ts';
import type { SourceText } from './source.ts';
import { skipSpace, trimEnd } from './space.ts';
import { splitCommand } from './split-command.ts';

type Node = Omit<InstructionNode, 'heredocs' | 'comments' | 'span'>;

/**
 * The low-level parse: joins continuation lines, leaves out comments and blank lines between them, splits each instruction by
 * the grammar of its keyword, and reads here-documents. `skip` lines on top are directives.
 */
export function parseLines(source: SourceText, escapeChar: '\\' | '`', skip: number): ParsedLines {
  return new LineParser(source, escapeChar, skip).run();
}

class LineParser {
  readonly #source: SourceText;
  readonly #escape: '\\' | '`';
  readonly #warnings: Warning[] = [];
  #index: number;

  constructor(source: SourceText, escapeChar: '\\' | '`', skip: number) {
    this.#source = source;
    this.#escape = escapeChar;
    this.#index = skip;
  }

  run(): ParsedLines {
    const { lines, text } = this.#source;
    const zero = text.indexOf('\0');
    if (zero !== -1) {
      throw this.#source.error(this.#source.span(zero, zero + 1), 'the file holds a NUL character', {
        hint: 'No command or path can hold one. Is this a text file, in UTF-8?',
      });
    }
    const nodes: InstructionNode[] = [];
    let comments: Comment[] = [];
    while (this.#index < lines.length) {
      const kind = this.#kindOf(this.#index);
      if (kind === 'instruction') {
        nodes.push(this.#instruction(comments));
        comments = [];
        continue;
      }
      if (kind === 'comment') {
        const comment = this.#comment(this.#index);
        // an empty comment line separates a heading from what describes the instruction
        if (comment.text === '') comments = [];
        else comments.push(comment);
      }
      this.#index++;
    }
    return { nodes, escape: this.#escape, warnings: this.#warnings };
  }

  #kindOf(index: number): LineKind {
    const { start, end } = this.#source.lines[index]!;
    return lineKind(this.#source.text, start, end);
  }

  #comment(index: number): Comment {
    const { text } = this.#source;
    const { start, end } = this.#source.lines[index]!;
    const hash = skipSpace(text, start, end);
    const from = skipSpace(text, hash + 1, end);
    const to = trimEnd(text, from, end);
    return { text: text.slice(from, to), span: this.#source.span(hash, Math.max(to, hash + 1)) };
  }

  #instruction(comments: readonly Comment[]): InstructionNode {
    const { text, lines } = this.#source;
    const parts: { start: number; end: number }[] = [];
    const first = lines[this.#index++]!;
    const start = skipSpace(text, first.start, first.end);
    let part = withoutContinuation(text, start, first.end, this.#escape);
    parts.push(part);
    let end = first.end;
    let blank = -1;
    while (part.continued && this.#index < lines.length) {
      const index = this.#index++;
      const line = lines[index]!;
      const kind = this.#kindOf(index);
      if (kind === 'blank' && blank === -1) blank = index;
      if (kind !== 'instruction') continue;
      part = withoutContinuation(text, line.start, line.end, this.#escape);
      parts.push(part);
      end = line.end;
    }
    if (blank !== -1) this.#warnBlank(blank);
    end = Math.max(start + 1, trimEnd(text, start, end));

    const line = new LogicalLine(this.#source, parts);
    const node = this.#node(line, 0, line.text.length, 0);
    const heredocs = this.#heredocs(node);
    const span = this.#source.span(start, heredocs.end ?? end);
    return { ...node, comments, heredocs: heredocs.list, span };
  }

  #warnBlank(index: number): void {
    const { start, end } = this.#source.lines[index]!;
    this.#warnings.push({
      kind: 'empty-continuation',
      message: 'A blank line stands within an instruction that continues; it is left out.',
      span: this.#source.span(start, end),
    });
  }

  #node(line: LogicalLine, start: number, end: number, depth: number): Node {
    const split = splitCommand(line, start, end, this.#escape);
    const keyword = line.word(split.keyword);
    const rest = line.word(split.rest);
    const common = { keyword, flags: split.flags.map((flag) => line.word(flag)), rest, line };
    if (keyword.text.toUpperCase() !== 'ONBUILD') {
      const { words, json } = parseArguments(line, split.rest, this.#escape, keyword);
      return { ...common, words: words.map((word) => line.word(word)), json, trigger: undefined };
    }
    if (depth > 0) {
      throw this.#source.error(keyword.span, 'ONBUILD cannot be the trigger of an ONBUILD', {
        hint: 'Write the instruction behind one ONBUILD.',
      });
    }
    if (rest.text === '') return { ...common, words: [], json: false, trigger: undefined };
    const trigger = this.#node(line, split.rest.start, split.rest.end, depth + 1);
    return {
      ...common,
      words: [rest],
      json: false,
      trigger: { ...trigger, comments: [], heredocs: [], span: rest.span },
    };
  }

  #heredocs(node: Node): { list: Heredoc[]; end?: number } {
    const { keyword, json } = node.trigger ?? node;
    const takesThem = ['RUN', 'COPY', 'ADD'].includes(keyword.text.toUpperCase()) && !json;
    if (!takesThem || !node.line.text.includes('<<')) return { list: [] };
    const list: Heredoc[] = [];
    for (const mark of heredocMarks(node.line.text)) list.push(this.#heredoc(mark, node));
    const last = this.#source.lines[this.#index - 1];
    return list.length === 0 || last === undefined ? { list } : { list, end: last.end };
  }

  #heredoc(mark: HeredocMark, node: Node): Heredoc {
    const { text, lines } = this.#source;
    const first = this.#index;
    for (; this.#index < lines.length; this.#index++) {
      const { start, end } = lines[this.#index]!;
      let from = start;
      while (mark.stripTabs && from < end && text.charAt(from) === '\t') from++;
      if (end - from !== mark.name.length || !text.startsWith(mark.name, from)) continue;
      const contentStart = lines[first]!.start;
      const content = text.slice(contentStart, start);
      this.#index++;
      return {
        ...mark,
        content: mark.stripTabs ? content.replace(/^\t+/gm, '') : content,
        span: this.#source.span(contentStart, start),
      };
    }
    throw this.#source.error(node.keyword.span, `the here-document ${JSON.stringify(mark.name)} never ends`, {
      hint: `Add a line with nothing but ${mark.name} below its content.`,
    });
  }
}
