import type { Span, Word } from '../span.ts';
import type { SourceText } from './source.ts';

/** Text from `start` to `end` of a logical line. `text` differs from that slice where quotes or escapes were read. */
export interface Piece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The lines of one instruction joined at their continuations; knows where in the source each character came from. */
export class LogicalLine {
  readonly source: SourceText;
  readonly text: string;
  /** Start of each part in `text`, ascending, and where that part starts in the source. */
  readonly #starts: readonly number[];
  readonly #offsets: readonly number[];

  constructor(source: SourceText, parts: readonly { readonly start: number; readonly end: number }[]) {
    this.source = source;
    const starts: number[] = [];
    const texts: string[] = [];
    let length = 0;
    for (const part of parts) {
      starts.push(length);
      texts.push(source.text.slice(part.start, part.end));
      length += part.end - part.start;
    }
    this.text = texts.join('');
    this.#starts = starts;
    this.#offsets = parts.map((part) => part.start);
  }

  /** The offset in the source of the character at `index`; behind the last character for the end of the line. */
  offset(index: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return (this.#offsets[low] ?? 0) + index - (this.#starts[low] ?? 0);
  }

  /** An end belongs to the character before it, so that a word at the end of a physical line does not reach into the next. */
  span(start: number, end: number): Span {
    const from = this.offset(start);
    return this.source.span(from, end > start ? this.offset(end - 1) + 1 : from);
  }

  piece(start: number, end: number): Piece {
    return { text: this.text.slice(start, end), start, end };
  }

  word(piece: Piece): Word {
    return { text: piece.text, span: this.span(piece.start, piece.end) };
  }
}
