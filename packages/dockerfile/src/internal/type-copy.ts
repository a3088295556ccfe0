import type { Heredoc } from '../heredoc.ts';
import type { AddInstruction, CopyInstruction, FileTransferParts } from '../instruction.ts';
import { Flags } from './flags.ts';
import { parseHeredocMark } from './heredoc-mark.ts';
import { invalidAt, partsOf } from './instruction-parts.ts';
import type { InstructionNode } from './node.ts';
import { present } from './present.ts';

const common = { chown: 'text', chmod: 'text', link: 'boolean', exclude: 'list' } as const;

export function typeCopy(node: InstructionNode): CopyInstruction {
  const flags = new Flags(node, { ...common, from: 'text', parents: 'boolean' });
  const from = flags.text('from');
  return {
    ...transfer(node, flags),
    keyword: 'COPY',
    parents: flags.boolean('parents') ?? false,
    ...present({ from: from === '' ? undefined : from }),
  };
}

export function typeAdd(node: InstructionNode): AddInstruction {
  const flags = new Flags(node, { ...common, 'keep-git-dir': 'boolean', checksum: 'text', unpack: 'boolean' });
  return {
    ...transfer(node, flags),
    keyword: 'ADD',
    ...present({
      keepGitDir: flags.boolean('keep-git-dir'),
      checksum: flags.text('checksum'),
      unpack: flags.boolean('unpack'),
    }),
  };
}

function transfer(node: InstructionNode, flags: Flags): FileTransferParts {
  const keyword = node.keyword.text.toUpperCase();
  const destination = node.words.at(-1);
  if (destination === undefined || node.words.length < 2) {
    throw invalidAt(
      node,
      node.words.length === 0
        ? `${keyword} needs a source and a destination`
        : `${keyword} has a source but no destination`,
      `For example: ${keyword} . /app/`,
      node.words[0]?.span,
    );
  }
  const isMark = (text: string): boolean => !node.json && parseHeredocMark(text) !== undefined;
  if (isMark(destination.text)) {
    throw invalidAt(
      node,
      `the destination of ${keyword} cannot be a here-document`,
      'Put the destination last.',
      destination.span,
    );
  }
  const sources: string[] = [];
  const heredocs: Heredoc[] = [];
  for (const word of node.words.slice(0, -1)) {
    if (!isMark(word.text)) {
      sources.push(word.text);
      continue;
    }
    const heredoc = node.heredocs[heredocs.length];
    if (heredoc?.name !== parseHeredocMark(word.text)?.name || heredoc === undefined) {
      throw invalidAt(
        node,
        `the here-document ${word.text} has no content`,
        'Check the quotes on this line.',
        word.span,
      );
    }
    heredocs.push(heredoc);
  }
  return {
    ...partsOf(node),
    sources,
    heredocs,
    destination: destination.text,
    link: flags.boolean('link') ?? false,
    exclude: flags.list('exclude').map(({ value }) => value),
    ...present({ chown: flags.text('chown'), chmod: flags.text('chmod') }),
  };
}
