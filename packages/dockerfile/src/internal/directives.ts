import type { Directives } from '../dockerfile.ts';
import type { Span } from '../span.ts';
import type { SourceText } from './source.ts';
import { skipSpace, trimSpace } from './space.ts';

type DirectiveName = keyof Directives['spans'];

export interface ReadDirectives {
  readonly syntax?: string;
  readonly escape: '\\' | '`';
  readonly check?: string;
  readonly spans: Directives['spans'];
  /** How many lines from the top are directives (or the `#!` line): they are no comments of an instruction. */
  readonly lines: number;
}

/**
 * Reads `# syntax=`, `# escape=` and `# check=` on top of the file (Dockerfile reference §parser-directives). The first line
 * that is no directive ends them. Behind a `#!` line the escape directive is not looked for, as in the reference parser.
 */
export function readDirectives(source: SourceText): ReadDirectives {
  const found = new Map<DirectiveName, string>();
  const spans: { [Name in DirectiveName]?: Span } = {};
  let escapeChar: '\\' | '`' = '\\';
  let index = 0;
  const first = source.lines[0];
  const shebang = first !== undefined && source.text.startsWith('#!', first.start);
  if (shebang) index++;
  for (; index < source.lines.length; index++) {
    const { start, end } = source.lines[index]!;
    const hash = skipSpace(source.text, start, end);
    if (source.text.charAt(hash) !== '#' || hash >= end) break;
    const directive = parseDirective(source.text.slice(hash + 1, end));
    if (directive === undefined) break;
    const [name, value] = directive;
    const span = source.span(hash, end);
    if (found.has(name)) {
      // Behind a `#!` line the reference parser only looks for directives, and takes the first.
      if (shebang) break;
      throw source.error(span, `the directive ${name} is given twice`, { hint: 'Keep one of them.' });
    }
    found.set(name, value);
    spans[name] = span;
    if (name !== 'escape' || shebang) continue;
    if (value !== '\\' && value !== '`') {
      throw source.error(span, `the escape character cannot be ${JSON.stringify(value)}`, {
        hint: 'Use \\ or ` after "# escape=".',
      });
    }
    escapeChar = value;
  }
  const syntax = found.get('syntax')?.split(' ', 1)[0];
  const check = found.get('check');
  return {
    escape: escapeChar,
    lines: index,
    spans,
    ...(syntax === undefined ? {} : { syntax }),
    ...(check === undefined ? {} : { check }),
  };
}

function parseDirective(comment: string): [name: DirectiveName, value: string] | undefined {
  const equals = comment.indexOf('=');
  if (equals === -1) return undefined;
  const name = trimSpace(comment.slice(0, equals)).toLowerCase();
  const value = trimSpace(comment.slice(equals + 1));
  if (value === '') return undefined;
  return name === 'syntax' || name === 'escape' || name === 'check' ? [name, value] : undefined;
}
