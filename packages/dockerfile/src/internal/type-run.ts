import type { RunInstruction } from '../instruction.ts';
import { parseMount } from '../mount.ts';
import { csvFields } from './csv-fields.ts';
import { Flags } from './flags.ts';
import { commandForm, invalidAt, located, partsOf } from './instruction-parts.ts';
import type { InstructionNode } from './node.ts';
import { didYouMean } from './suggest.ts';

const networks = ['default', 'none', 'host'] as const;
const securities = ['sandbox', 'insecure'] as const;

export function typeRun(node: InstructionNode): RunInstruction {
  const flags = new Flags(node, { mount: 'list', network: 'text', security: 'text', device: 'list' });
  return {
    ...partsOf(node),
    ...commandForm(node),
    keyword: 'RUN',
    heredocs: node.heredocs,
    mounts: flags.list('mount').map(({ value, word }) => located(node, word.span, () => parseMount(value))),
    network: choose(node, flags, 'network', networks),
    security: choose(node, flags, 'security', securities),
    devices: flags.list('device').map(({ value, word }) => {
      const device = parseDevice(value);
      if (device !== undefined) return device;
      throw invalidAt(
        node,
        `cannot read the device ${JSON.stringify(value)}`,
        'Write --device=name[,required].',
        word.span,
      );
    }),
  };
}

function choose<T extends string>(node: InstructionNode, flags: Flags, name: string, allowed: readonly [T, ...T[]]): T {
  const value = flags.text(name);
  if (value === undefined) return allowed[0];
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw invalidAt(
    node,
    `--${name} cannot be ${JSON.stringify(value)}`,
    didYouMean(value, allowed) ?? `It is one of ${allowed.join(', ')}.`,
    flags.word(name)?.span,
  );
}

function parseDevice(text: string): { name: string; required: boolean } | undefined {
  let name = '';
  let required = false;
  for (const field of csvFields(text) ?? []) {
    const [, key = '', value = 'true'] = /^(name|required)(?:=(.*))?$/is.exec(field) ?? [];
    if (key.toLowerCase() === 'required') {
      if (!/^(true|false|t|f|1|0)$/i.test(value)) return undefined;
      required = /^(true|t|1)$/i.test(value);
    } else if (name !== '') {
      return undefined;
    } else {
      name = key === '' ? field : value;
    }
  }
  return name === '' ? undefined : { name, required };
}
