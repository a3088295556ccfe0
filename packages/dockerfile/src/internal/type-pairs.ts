import type { ArgInstruction, EnvInstruction, LabelInstruction, NameValue } from '../instruction.ts';
import { Flags } from './flags.ts';
import { atLeastOne, invalidAt, partsOf } from './instruction-parts.ts';
import type { InstructionNode } from './node.ts';
import { present } from './present.ts';

export function typeEnv(node: InstructionNode): EnvInstruction {
  new Flags(node, {});
  return { ...partsOf(node), keyword: 'ENV', variables: pairs(node) };
}

export function typeLabel(node: InstructionNode): LabelInstruction {
  new Flags(node, {});
  return { ...partsOf(node), keyword: 'LABEL', labels: pairs(node) };
}

export function typeArg(node: InstructionNode): ArgInstruction {
  new Flags(node, {});
  atLeastOne(node, 'ARG VERSION=1.0');
  const args = node.words.map(({ text, span }) => {
    const equals = text.indexOf('=');
    if (equals === 0) throw invalidAt(node, 'an ARG has no name in front of "="', 'Write ARG name=default.', span);
    const name = equals === -1 ? text : text.slice(0, equals);
    return { name, span, ...present({ value: equals === -1 ? undefined : text.slice(equals + 1) }) };
  });
  return { ...partsOf(node), keyword: 'ARG', args };
}

/** Names and values come in threes: name, value, separator. */
function pairs(node: InstructionNode): NameValue[] {
  const keyword = node.keyword.text.toUpperCase();
  atLeastOne(node, `${keyword} name=value`);
  const result: NameValue[] = [];
  for (let index = 0; index + 2 < node.words.length; index += 3) {
    const [name, value, separator] = node.words.slice(index, index + 3);
    if (name === undefined || value === undefined || separator === undefined) break;
    if (name.text === '') {
      throw invalidAt(node, `${keyword} has no name in front of "="`, `Write ${keyword} name=value.`, separator.span);
    }
    const span = { start: name.span.start, end: value.text === '' ? separator.span.end : value.span.end };
    result.push({ name: name.text, value: value.text, legacy: separator.text === '', span });
  }
  return result;
}
