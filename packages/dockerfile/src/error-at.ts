import type { LadingError, LadingErrorOptions } from '@lading/errors';
import type { Dockerfile } from './dockerfile.ts';
import { SourceText } from './internal/source.ts';
import type { Span } from './span.ts';

/**
 * DOCKERFILE_INVALID at a place of a parsed file, in the form that parse errors have: for what only a build can find out, such
 * as a variable that has to be set.
 */
export function errorAt(
  dockerfile: Pick<Dockerfile, 'text' | 'filename'>,
  span: Span,
  message: string,
  options: LadingErrorOptions = {},
): LadingError {
  return new SourceText(dockerfile.text, dockerfile.filename).error(span, message, options);
}

/** The line of the source where a span starts, with carets under what it covers. */
export function excerptAt(dockerfile: Pick<Dockerfile, 'text' | 'filename'>, span: Span): string {
  return new SourceText(dockerfile.text, dockerfile.filename).excerpt(span);
}
