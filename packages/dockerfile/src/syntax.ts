import { readDirectives } from './internal/directives.ts';
import { SourceText } from './internal/source.ts';
import { skipSpace, trimSpace } from './internal/space.ts';
import type { Span } from './span.ts';

/** The frontend that a file asks to be read by (Dockerfile reference §syntax). */
export interface Syntax {
  /** An image reference, the first word of what is written. */
  readonly image: string;
  /** Everything that is written, the image included. */
  readonly commandLine: string;
  /** `hash` is `# syntax=` of Dockerfiles; files in other languages use `// syntax=` or `{"syntax": …}`. */
  readonly form: 'hash' | 'slashes' | 'json';
  readonly span: Span;
}

/**
 * Finds the frontend that a build file names in one of the three forms, as BuildKit does before it picks who reads the file; undefined
 * when there is none. A byte order mark and a `#!` line in front mean nothing. Throws DOCKERFILE_INVALID for malformed directives.
 */
export function detectSyntax(text: string): Syntax | undefined {
  return syntaxOf(new SourceText(text, 'Dockerfile'));
}

/** The same of a text that is already split into lines. */
export function syntaxOf(source: SourceText): Syntax | undefined {
  const { syntax, spans } = readDirectives(source);
  if (syntax !== undefined && spans.syntax !== undefined) {
    const written = source.text.slice(spans.syntax.start.offset, spans.syntax.end.offset);
    const commandLine = trimSpace(written.slice(written.indexOf('=') + 1));
    return { image: syntax, commandLine, form: 'hash', span: spans.syntax };
  }
  const first = source.lines[0];
  const top = first !== undefined && source.text.startsWith('#!', first.start) ? 1 : 0;
  return inSlashes(source, top) ?? inJson(source, top);
}

const SLASHES = /^\/\/\s*([a-z][a-z0-9]*)\s*=\s*(\S.*)$/i;

function inSlashes(source: SourceText, top: number): Syntax | undefined {
  for (const { start, end } of source.lines.slice(top)) {
    const [, name, value] = SLASHES.exec(source.text.slice(start, end)) ?? [];
    if (name === undefined || value === undefined) return undefined;
    if (name.toLowerCase() !== 'syntax') continue;
    return named(trimSpace(value), 'slashes', source.span(start, end));
  }
  return undefined;
}

function inJson(source: SourceText, top: number): Syntax | undefined {
  const start = source.lines[top]?.start ?? source.text.length;
  const open = skipSpace(source.text, start, source.text.length);
  if (source.text.charAt(open) !== '{') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(source.text.slice(start));
  } catch {
    return undefined;
  }
  const { syntax } = value as { readonly syntax?: unknown };
  return typeof syntax === 'string' && syntax !== ''
    ? { image: syntax, commandLine: syntax, form: 'json', span: source.span(open, open + 1) }
    : undefined;
}

function named(commandLine: string, form: Syntax['form'], span: Span): Syntax {
  return { image: commandLine.split(' ', 1)[0] ?? '', commandLine, form, span };
}
