import type { Instruction } from './instruction.ts';
import { parseLines } from './internal/parse-lines.ts';
import { SourceText } from './internal/source.ts';
import { typeInstruction } from './internal/type-instruction.ts';
import type { ParseOptions } from './parse-dockerfile.ts';

/**
 * Reads one instruction on its own, such as a trigger that a base image keeps from ONBUILD. Throws DOCKERFILE_INVALID, also
 * when the text holds none or several.
 */
export function parseInstruction(
  text: string,
  options: ParseOptions & { readonly escape?: '\\' | '`' } = {},
): Instruction {
  const source = new SourceText(text, options.filename ?? 'instruction');
  const { nodes } = parseLines(source, options.escape ?? '\\', 0);
  const [node, second] = nodes;
  if (node !== undefined && second === undefined) return typeInstruction(node);
  throw source.error(second?.span ?? source.span(0, 0), second ? 'more than one instruction' : 'no instruction', {
    hint: 'Give exactly one instruction.',
  });
}
