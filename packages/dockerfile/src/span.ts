/** A place in the text of a Dockerfile. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units; a byte order mark does not count. */
  readonly column: number;
  /** From 0, in UTF-16 units of `Dockerfile.text`. */
  readonly offset: number;
}

/** `text.slice(start.offset, end.offset)` is exactly what the span covers, continuation characters and comments within it included. */
export interface Span {
  readonly start: Position;
  readonly end: Position;
}

/** A piece of text after continuations were joined and, where the grammar says so, quotes or JSON escapes were read. */
export interface Word {
  readonly text: string;
  readonly span: Span;
}
