import type { Comment } from '../comment.ts';
import type { Warning } from '../dockerfile.ts';
import type { Heredoc } from '../heredoc.ts';
import type { Span, Word } from '../span.ts';
import type { LogicalLine } from './logical-line.ts';

/** One instruction as the line grammar sees it, before anybody asks what its words mean. */
export interface InstructionNode {
  readonly keyword: Word;
  readonly flags: readonly Word[];
  /**
   * What the grammar of the keyword makes of the rest: one word for a string or shell form; the elements of a JSON form; for
   * ENV and LABEL name, value and separator (`=`, or empty for the old form) in turn.
   */
  readonly words: readonly Word[];
  /** Everything behind the flags, continuations joined. */
  readonly rest: Word;
  /** True when `words` were written as a JSON array. */
  readonly json: boolean;
  /** The instruction behind ONBUILD. */
  readonly trigger: InstructionNode | undefined;
  readonly heredocs: readonly Heredoc[];
  readonly comments: readonly Comment[];
  readonly span: Span;
  readonly line: LogicalLine;
}

/** What the line parser makes of a whole file. */
export interface ParsedLines {
  readonly nodes: readonly InstructionNode[];
  readonly escape: '\\' | '`';
  readonly warnings: readonly Warning[];
}
