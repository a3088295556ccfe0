import type { Span } from '../span.ts';
import type { Fix } from './finding.ts';

/** A fix that is one edit. */
export function replacing(description: string, span: Span, text: string): Fix {
  return { description, edits: [{ span, text }] };
}

/** A fix that puts text behind a place. */
export function insertingBehind(description: string, { end }: Span, text: string): Fix {
  return replacing(description, { start: end, end }, text);
}
