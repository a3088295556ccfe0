import { parseArgs } from 'node:util';
import { type ClientName, clientNames, type Operation, operations } from './clients.ts';

export type SectionName = 'transfer' | 'manifests' | 'throughput' | 'startup';
export const sectionNames: readonly SectionName[] = ['transfer', 'manifests', 'throughput', 'startup'];

export interface BenchOptions {
  /** Smaller and fewer: to see that it works, not to compare. */
  readonly quick: boolean;
  readonly only: ReadonlySet<SectionName>;
  /** Of the transfers. */
  readonly operations: ReadonlySet<Operation>;
  /** Only transfers of images with so many layers; empty: all. */
  readonly layers: ReadonlySet<number>;
  /** Of the transfers, beside ours; undefined: all that are installed. */
  readonly clients: ReadonlySet<ClientName> | undefined;
  /** Of each transfer; undefined: as many as the size of the run asks for. */
  readonly rounds: number | undefined;
  /** No run of a client takes longer. */
  readonly limitSeconds: number;
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
}

const defaultLimitSeconds = 120;

export const usage: string = `npm run bench -- [--quick] [--only=${sectionNames.join(',')}] [--json=FILE]

  --quick            smaller data and fewer runs: under a minute, to see that it works
  --only=LIST        only these sections
  --operations=LIST  of the transfers only ${operations.join(',')}
  --layers=LIST      of the transfers only images with so many layers: 1,20,2000
  --clients=LIST     of the transfers only these beside ours, which then have to be there: ${clientNames.join(',')}
  --rounds=N         of each transfer so many rounds
  --limit=SECONDS    a client's run that takes longer is ended and shown as such (${defaultLimitSeconds} unless told)
  --json=FILE        also write the figures there`;

/** Throws an Error whose message is for the user. */
export function parseOptions(argv: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      operations: { type: 'string', multiple: true, default: [] },
      layers: { type: 'string', multiple: true, default: [] },
      clients: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      limit: { type: 'string', default: String(defaultLimitSeconds) },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const only = chosen('section', values.only, sectionNames);
  const wanted = chosen('operation', values.operations, operations);
  const layers = chosen('number of layers', values.layers, ['1', '20', '2000']);
  const clients = chosen('client', values.clients, clientNames);
  return {
    quick: values.quick,
    only: new Set(only.length === 0 ? sectionNames : only),
    operations: new Set(wanted.length === 0 ? operations : wanted),
    layers: new Set(layers.map(Number)),
    clients: clients.length === 0 ? undefined : new Set(clients),
    rounds: values.rounds === undefined ? undefined : count('rounds', values.rounds),
    limitSeconds: count('limit', values.limit),
    json: values.json,
  };
}

function chosen<Name extends string>(what: string, lists: readonly string[], known: readonly Name[]): Name[] {
  return lists
    .flatMap((list) => list.split(','))
    .filter((text) => text !== '')
    .map((text) => {
      const name = known.find((each) => each === text);
      if (name !== undefined) return name;
      throw new Error(`There is no ${what} "${text}"; there are ${known.join(', ')}`);
    });
}

function count(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`--${option} takes a number from 1 on, not "${text}"`);
}
