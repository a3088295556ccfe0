import type { Span } from './span.ts';

/** A comment line above an instruction, without its `#` and surrounding space. */
export interface Comment {
  readonly text: string;
  readonly span: Span;
}
