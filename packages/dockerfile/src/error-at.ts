import type { LadingError, LadingErrorOptions } from '@lading/errors';
import type { Dockerfile } from './dockerfile.ts';
import { excerptOf } from './internal/excerpt.ts';
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

/** The source lines that a span covers, with their numbers and carets below: for errors, findings and failed steps alike. */
export function excerptAt(dockerfile: Pick<Dockerfile, 'text' | 'filename'>, span: Span): string {
  return excerptOf(new SourceText(dockerfile.text, dockerfile.filename), span);
}
