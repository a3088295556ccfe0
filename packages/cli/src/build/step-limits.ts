import type { BuildRequest } from '@lading/builder';
import { LadingError } from '@lading/errors';
import { listOption, type OptionValues, textOption } from '../command.ts';

type StepLimits = NonNullable<BuildRequest['stepLimits']>;
type Ulimit = NonNullable<StepLimits['ulimits']>[number];

/** What each step may use. Throws USAGE. */
export function stepLimitsOf(options: OptionValues): StepLimits {
  const cpus = textOption(options, 'cpus');
  if (cpus !== undefined && !(/^\d{1,4}(\.\d{1,3})?$/.test(cpus) && Number(cpus) > 0)) {
    throw new LadingError('USAGE', `Cannot use --cpus ${cpus}: it is a number such as 1.5`);
  }
  return {
    memoryBytes: bytesOf('--memory', textOption(options, 'memory')),
    cpus: cpus === undefined ? undefined : Number(cpus),
    shmBytes: bytesOf('--shm-size', textOption(options, 'shmSize')),
    ulimits: listOption(options, 'ulimit').map(ulimitOf),
  };
}

const units = ['', 'k', 'm', 'g', 't'];

/** Powers of 1024, as docker has it. */
function bytesOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?)([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Math.trunc(Number(number) * 1024 ** units.indexOf(unit.toLowerCase()));
  if (number !== '' && bytes > 0) return bytes;
  throw new LadingError('USAGE', `Cannot use ${option} ${text}: it is a size such as 512m or 2g`);
}

const names = [
  ...['as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss'],
  ...['rtprio', 'rttime', 'sigpending', 'stack'],
];

function ulimitOf(text: string): Ulimit {
  const [, name = '', soft, hard] = /^([a-z]+)=(-1|unlimited|\d{1,15})(?::(-1|unlimited|\d{1,15}))?$/.exec(text) ?? [];
  if (soft === undefined || !names.includes(name)) {
    throw new LadingError('USAGE', `Cannot use --ulimit ${text}: it is of the form NAME=SOFT:HARD`, {
      hint: `Names are ${names.join(', ')}.`,
    });
  }
  const value = (written: string): number | 'unlimited' => (/^\d/.test(written) ? Number(written) : 'unlimited');
  return { name, soft: value(soft), hard: value(hard ?? soft) };
}
