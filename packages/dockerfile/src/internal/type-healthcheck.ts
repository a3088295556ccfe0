import type { HealthcheckInstruction } from '../instruction.ts';
import { parseDuration } from './duration.ts';
import { Flags } from './flags.ts';
import { atLeastOne, commandForm, invalidAt, partsOf } from './instruction-parts.ts';
import type { InstructionNode } from './node.ts';
import { present } from './present.ts';

const MINIMUM_NS = 1e6;

export function typeHealthcheck(node: InstructionNode): HealthcheckInstruction {
  atLeastOne(node, 'HEALTHCHECK CMD curl -f http://localhost/');
  const [type, ...command] = node.words;
  const kind = type?.text.toUpperCase();
  if (kind === 'NONE') {
    new Flags(node, {});
    if (command.length > 0) throw invalidAt(node, 'HEALTHCHECK NONE takes no arguments', undefined, command[0]?.span);
    return { ...partsOf(node), keyword: 'HEALTHCHECK', check: 'none' };
  }
  const flags = new Flags(node, {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  });
  if (kind !== 'CMD') {
    throw invalidAt(
      node,
      `HEALTHCHECK knows no ${JSON.stringify(type?.text)}`,
      'Write HEALTHCHECK CMD … or NONE.',
      type?.span,
    );
  }
  if (command.length === 0) {
    throw invalidAt(node, 'HEALTHCHECK CMD has no command', 'Put the command behind CMD.', type?.span);
  }
  return {
    ...partsOf(node),
    keyword: 'HEALTHCHECK',
    check: commandForm(node, command),
    ...present({
      intervalNs: duration(node, flags, 'interval'),
      timeoutNs: duration(node, flags, 'timeout'),
      startPeriodNs: duration(node, flags, 'start-period'),
      startIntervalNs: duration(node, flags, 'start-interval'),
      retries: retries(node, flags),
    }),
  };
}

function duration(node: InstructionNode, flags: Flags, name: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined || text === '') return undefined;
  const nanoseconds = parseDuration(text);
  if (nanoseconds === 0 || (nanoseconds !== undefined && nanoseconds >= MINIMUM_NS)) return nanoseconds;
  throw invalidAt(
    node,
    nanoseconds === undefined ? `--${name} is no duration: ${JSON.stringify(text)}` : `--${name} is under 1ms`,
    `For example --${name}=30s or 1m30s.`,
    flags.word(name)?.span,
  );
}

function retries(node: InstructionNode, flags: Flags): number | undefined {
  const text = flags.text('retries');
  if (text === undefined || text === '') return undefined;
  if (/^\+?\d{1,10}$/.test(text) && Number(text) <= 0x7fffffff) return Number(text);
  throw invalidAt(
    node,
    `--retries is no count: ${JSON.stringify(text)}`,
    'Give a number from 0.',
    flags.word('retries')?.span,
  );
}
