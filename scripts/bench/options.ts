import { parseArgs } from 'node:util';

export type SectionName = 'push' | 'pull' | 'manifests' | 'throughput' | 'startup';
export const sectionNames: readonly SectionName[] = ['push', 'pull', 'manifests', 'throughput', 'startup'];

export interface BenchOptions {
  /** Smaller and fewer: to see that it works, not to compare. */
  readonly quick: boolean;
  readonly only: ReadonlySet<SectionName>;
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
}

export const usage: string = `npm run bench -- [--quick] [--only=${sectionNames.join(',')}] [--json=FILE]

  --quick      smaller data and fewer runs: under a minute, to see that it works
  --only=LIST  only these sections
  --json=FILE  also write the figures there`;

/** Throws an Error whose message is for the user. */
export function parseOptions(argv: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const wanted = values.only.flatMap((list) => list.split(',')).filter((name) => name !== '');
  const unknown = wanted.find((name) => !isSectionName(name));
  if (unknown !== undefined) {
    throw new Error(`There is no section "${unknown}"; there are ${sectionNames.join(', ')}`);
  }
  const only = wanted.length === 0 ? sectionNames : wanted.filter(isSectionName);
  return { quick: values.quick, only: new Set(only), json: values.json };
}

function isSectionName(name: string): name is SectionName {
  return sectionNames.some((known) => known === name);
}
