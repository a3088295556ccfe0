import { parseArgs } from 'node:util';
import type { RegistryName } from './bench-peers.ts';
import { type OperationName, operationNames } from './workloads.ts';

export const registryNames: readonly RegistryName[] = [
  'lading',
  'zot',
  'zot-commit',
  'distribution-2',
  'distribution-3',
];

export interface RegistryBenchOptions {
  /** Smaller and fewer: to see that it works, not to compare. */
  readonly quick: boolean;
  readonly rounds: number;
  readonly operations: ReadonlySet<OperationName>;
  readonly connections: readonly number[];
  readonly registries: ReadonlySet<RegistryName>;
  /** Only rows whose name has this in it. */
  readonly match: string;
  readonly durationMs: number;
  readonly megabytes: number;
  readonly tags: number;
  readonly repositories: number;
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
}

export const usage: string = `npm run bench:registry -- [--quick] [--rounds=N] [--operations=LIST] [--connections=LIST] [--registries=LIST] [--json=FILE]

  --quick             fewer tags and rounds, shorter: to see that it works
  --rounds=N          of each measurement, of which the median counts (5)
  --operations=LIST   only ${operationNames.join(',')}
  --match=TEXT        only rows whose name has the text in it, such as "10 MB"
  --connections=LIST  instead of 1,10,100
  --registries=LIST   only ${registryNames.join(',')}
  --seconds=N         of each measurement of small things (2)
  --megabytes=N       that a measurement of large things moves, and one for each connection at least (1000)
  --tags=N            in the repository that is listed (100000)
  --repositories=N    in the catalog (10000)
  --json=FILE         also write the figures there`;

/** Throws an Error whose message is for the user. */
export function parseRegistryOptions(argv: readonly string[]): RegistryBenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      operations: { type: 'string', default: '' },
      match: { type: 'string', default: '' },
      connections: { type: 'string', default: '' },
      registries: { type: 'string', default: '' },
      seconds: { type: 'string' },
      megabytes: { type: 'string' },
      tags: { type: 'string' },
      repositories: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { quick } = values;
  const connections = listOf(values.connections).map((text) => count('connections', text));
  return {
    quick,
    rounds: count('rounds', values.rounds ?? (quick ? '1' : '5')),
    operations: chosen('operation', values.operations, operationNames),
    connections: connections.length === 0 ? [1, 10, 100] : connections,
    registries: chosen('registry', values.registries, registryNames),
    match: values.match,
    durationMs: 1000 * count('seconds', values.seconds ?? (quick ? '1' : '2')),
    megabytes: count('megabytes', values.megabytes ?? (quick ? '100' : '1000')),
    tags: count('tags', values.tags ?? (quick ? '2000' : '100000')),
    repositories: count('repositories', values.repositories ?? (quick ? '500' : '10000')),
    json: values.json,
  };
}

function chosen<Name extends string>(what: string, list: string, known: readonly Name[]): ReadonlySet<Name> {
  const names = listOf(list).map((text) => {
    const name = known.find((each) => each === text);
    if (name !== undefined) return name;
    throw new Error(`There is no ${what} "${text}"; there are ${known.join(', ')}`);
  });
  return new Set(names.length === 0 ? known : names);
}

function listOf(text: string): string[] {
  return text.split(',').filter((item) => item !== '');
}

function count(option: string, text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new Error(`--${option} takes a number from 1 on, not "${text}"`);
}
