import type { Case } from '../../../tests/dockerfiles/case.ts';

/** A case's command line, as far as every builder has it. */
export interface SharedOptions {
  readonly file: string;
  readonly target: string | undefined;
  readonly platform: string | undefined;
  readonly network: string | undefined;
  readonly buildArgs: readonly string[];
  readonly labels: readonly string[];
  readonly addHosts: readonly string[];
  readonly secrets: readonly string[];
  /** `name=value` of `--build-context`. */
  readonly contexts: readonly string[];
}

const lists: Readonly<Record<string, 'buildArgs' | 'labels' | 'addHosts' | 'secrets' | 'contexts'>> = {
  '--build-arg': 'buildArgs',
  '--label': 'labels',
  '--add-host': 'addHosts',
  '--secret': 'secrets',
  '--build-context': 'contexts',
};
const texts: Readonly<Record<string, 'file' | 'target' | 'platform' | 'network'>> = {
  '-f': 'file',
  '--file': 'file',
  '--target': 'target',
  '--platform': 'platform',
  '--network': 'network',
};

/** The options of a case; undefined when it has one that only Lading knows. */
export function sharedOptions({ args }: Pick<Case, 'args'>): SharedOptions | undefined {
  const found = { buildArgs: [], labels: [], addHosts: [], secrets: [], contexts: [] } as Record<string, string[]>;
  const single: Record<string, string> = { file: 'Dockerfile' };
  const words = args[Symbol.iterator]();
  for (const word of words) {
    if (word === '.') continue;
    const [name = '', inline] = word.startsWith('--') ? [word.split('=')[0], word.match(/=(.*)$/s)?.[1]] : [word];
    const value = inline ?? words.next().value ?? '';
    const [list, text] = [lists[name], texts[name]];
    if (list !== undefined) found[list]?.push(value);
    else if (text !== undefined) single[text] = value;
    else return undefined;
  }
  return {
    target: undefined,
    platform: undefined,
    network: undefined,
    ...single,
    ...found,
  } as unknown as SharedOptions;
}
