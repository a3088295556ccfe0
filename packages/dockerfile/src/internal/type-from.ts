import type { FromInstruction } from '../instruction.ts';
import { Flags } from './flags.ts';
import { invalidAt, partsOf } from './instruction-parts.ts';
import type { InstructionNode } from './node.ts';
import { present } from './present.ts';

const STAGE_NAME = /^[a-z][a-z0-9\-_.]*$/;

export function typeFrom(node: InstructionNode): FromInstruction {
  const flags = new Flags(node, { platform: 'text' });
  const [image, as, name] = node.words;
  if (image === undefined || (node.words.length !== 1 && node.words.length !== 3)) {
    throw invalidAt(
      node,
      `FROM takes an image, or an image, AS and a name, not ${node.words.length} arguments`,
      'For example: FROM alpine:3.20 AS build',
      node.words.length > 1 ? node.rest.span : undefined,
    );
  }
  if (as !== undefined && as.text.toLowerCase() !== 'as') {
    throw invalidAt(
      node,
      `expected AS behind the image, found ${JSON.stringify(as.text)}`,
      'Write FROM image AS name.',
      as.span,
    );
  }
  const stage = name?.text.toLowerCase();
  if (name !== undefined && stage !== undefined && !STAGE_NAME.test(stage)) {
    throw invalidAt(
      node,
      `${JSON.stringify(name.text)} is no name for a stage`,
      'A name starts with a letter and goes on with letters, digits, "-", "_" and ".".',
      name.span,
    );
  }
  return {
    ...partsOf(node),
    keyword: 'FROM',
    image: image.text,
    ...present({ platform: flags.text('platform'), name: stage }),
  };
}
