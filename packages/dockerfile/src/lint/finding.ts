import type { Span } from '../span.ts';

/** How much a finding matters, most first: `error` breaks the build or leaks a secret, `hint` is a thought for some. */
export type Level = 'error' | 'warning' | 'info' | 'hint';

export const levels: readonly Level[] = ['error', 'warning', 'info', 'hint'];

/** True when `level` matters at least as much as `threshold`. */
export function reaches(level: Level, threshold: Level): boolean {
  return levels.indexOf(level) <= levels.indexOf(threshold);
}

/** Replaces what the span covers; an empty span inserts. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Edits that a program may make without asking: the image stays what its author meant. */
export interface Fix {
  /** In the imperative: `Write the name in lower case`. */
  readonly description: string;
  /** In order, none overlapping another. */
  readonly edits: readonly Edit[];
}

export interface Finding {
  readonly rule: string;
  readonly level: Level;
  /** What is found here, one line. */
  readonly message: string;
  /** What it is about, inside the instruction where that can be told. */
  readonly span: Span;
  /** Why it matters and what to do; the same for every finding of a rule. */
  readonly help: string;
  readonly fix?: Fix;
}
