import { LadingError, type LadingErrorOptions } from '@lading/errors';
import type { Position, Span } from '../span.ts';
import { excerptOf } from './excerpt.ts';

const BYTE_ORDER_MARK = '\ufeff';

/** One physical line: `end` is before its line break, `next` behind it. */
export interface SourceLine {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** The text of a file with its lines. Only a line feed ends a line; a carriage return before it belongs to the break. */
export class SourceText {
  readonly text: string;
  readonly filename: string;
  readonly lines: readonly SourceLine[];

  constructor(text: string, filename: string) {
    this.text = text;
    this.filename = filename;
    const lines: SourceLine[] = [];
    let start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    while (start < text.length) {
      const feed = text.indexOf('\n', start);
      const next = feed === -1 ? text.length : feed + 1;
      let end = feed === -1 ? text.length : feed;
      while (end > start && text.charAt(end - 1) === '\r') end--;
      lines.push({ start, end, next });
      start = next;
    }
    this.lines = lines;
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lines[middle]!.start <= offset) low = middle;
      else high = middle - 1;
    }
    const line = this.lines[low];
    return { line: low + 1, column: Math.max(0, offset - (line?.start ?? 0)) + 1, offset };
  }

  span(start: number, end: number): Span {
    return { start: this.position(start), end: this.position(end) };
  }

  /** DOCKERFILE_INVALID at a place: "Dockerfile:3:7: …", with the lines and carets below them in the details. */
  error(span: Span, message: string, options: LadingErrorOptions = {}): LadingError {
    const { line, column } = span.start;
    return new LadingError('DOCKERFILE_INVALID', `${this.filename}:${line}:${column}: ${message}`, {
      ...options,
      details: { file: this.filename, line, column, excerpt: excerptOf(this, span), ...options.details },
    });
  }
}
