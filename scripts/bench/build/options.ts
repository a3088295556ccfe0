import { parseArgs } from 'node:util';
import { allRows, defaultRows } from './rows.ts';

export const builderNames = ['lading', 'buildkit', 'docker', 'buildah'] as const;
export type BuilderName = (typeof builderNames)[number];

export interface BuildBenchOptions {
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly builders: readonly BuilderName[];
  readonly rounds: number;
  readonly base: string | undefined;
  readonly json: string | undefined;
}

export const usage: string = `npm run bench:build -- [--quick] [--only=LIST] [--json=FILE]

  --quick          smaller contexts and two rounds: to see that it works, not to compare
  --only=LIST      only these: ${Object.keys(allRows).join(',')}
  --builders=LIST  only these: ${builderNames.join(',')}
  --rounds=N       so often each, 5 unless told
  --base=FILE      an image with apt and a shell, as an archive,, instead of Debian bookworm made by a recipe
  --json=FILE      also write the figures there`;

/** Throws an Error whose message is for the user. */
export function parseOptions(argv: readonly string[]): BuildBenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      builders: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      base: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { quick, base, json, rounds = quick ? '2' : '5' } = values;
  if (!/^[1-9]\d?$/.test(rounds)) throw new Error(`--rounds takes a number from 1 on, not "${rounds}"`);
  const only = chosen('row', values.only, Object.keys(allRows));
  const builders = chosen('builder', values.builders, builderNames);
  return {
    ...{ quick, base, json, rounds: Number(rounds) },
    only: only.length === 0 ? defaultRows : only,
    builders: builders.length === 0 ? builderNames : builders,
  };
}

function chosen<Name extends string>(what: string, lists: readonly string[], known: readonly Name[]): Name[] {
  return lists
    .flatMap((list) => list.split(','))
    .map((text) => {
      const name = known.find((each) => each === text);
      if (name !== undefined) return name;
      throw new Error(`There is no ${what} "${text}"; there are ${known.join(', ')}`);
    });
}
