import type { Instruction, OnbuildInstruction } from '../instruction.ts';
import { Flags } from './flags.ts';
import { invalidAt, partsOf } from './instruction-parts.ts';
import type { InstructionNode } from './node.ts';

export function typeOnbuild(
  node: InstructionNode,
  typeTrigger: (node: InstructionNode) => Instruction,
): OnbuildInstruction {
  new Flags(node, {});
  if (node.trigger === undefined)
    throw invalidAt(node, 'ONBUILD needs an instruction', 'For example: ONBUILD COPY . /app');
  const trigger = typeTrigger({ ...node.trigger, heredocs: node.heredocs });
  if (trigger.keyword === 'ONBUILD' || trigger.keyword === 'FROM' || trigger.keyword === 'MAINTAINER') {
    throw invalidAt(
      node,
      `${trigger.keyword} cannot be the trigger of an ONBUILD`,
      undefined,
      trigger.keywordWord.span,
    );
  }
  return { ...partsOf(node), keyword: 'ONBUILD', trigger, expression: expressionOf(node) };
}

/** The here-documents go below the trigger as they were written, so that parsing the expression gives the same again. */
function expressionOf(node: InstructionNode): string {
  const { text } = node.line.source;
  const parts = [node.rest.text];
  for (const { name, span } of node.heredocs) parts.push(`\n${text.slice(span.start.offset, span.end.offset)}${name}`);
  return parts.join('');
}
