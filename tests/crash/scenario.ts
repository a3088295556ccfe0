// What is recorded of the stores.
import { createRandom } from './random.ts';
import { type Kill, killsOf, type Sessions } from './sessions.ts';

/**
 * `content`: a directory store; `home`: a directory store with a catalog, as the command line uses them; `registry`: the same with a journal, as
 * a registry does; `layout`: an OCI layout.
 */
export type ScenarioKind = 'content' | 'home' | 'registry' | 'layout';

export type Scenario = Sessions<ScenarioKind>;

const kinds: readonly ScenarioKind[] = ['content', 'layout', 'home', 'registry'];

/**
 * Syncs that make durable what can be seen before: a session that is killed there leaves what the next one must not rely on. A path that ends
 * in nothing is the first sync of all, of the folder in which everything is made.
 */
const firstKills: Readonly<Record<ScenarioKind, readonly Kill[]>> = {
  content: [
    { beforeSync: 1, of: 'blobs/sha256' },
    { beforeSync: 1, of: 'home/content' },
    { beforeSync: 1, of: '' },
    { beforeSync: 1, of: 'blobs' },
    { beforeSync: 4, of: 'blobs/sha256' },
  ],
  layout: [
    { beforeSync: 1, of: 'blobs/sha256' },
    { beforeSync: 3, of: 'layout' },
    { beforeSync: 2, of: 'layout' },
    { beforeSync: 1, of: '' },
    { beforeSync: 6, of: 'layout' },
  ],
  home: [
    { beforeSync: 3, of: '-wal' },
    { beforeSync: 2, of: '-wal' },
    { beforeSync: 1, of: '' },
    { beforeSync: 5, of: '-wal' },
    { beforeSync: 2, of: 'blobs/sha256' },
  ],
  registry: [
    { beforeSync: 1, of: '.log' },
    { beforeSync: 1, of: 'home/journal' },
    { beforeSync: 2, of: '.log' },
    { beforeSync: 3, of: '.log' },
    { beforeSync: 2, of: 'home/journal' },
    { beforeSync: 6, of: '.log' },
  ],
};

/** So many are run unless told; any number is a scenario. */
export const scenarioCount = 24;

export function scenarioOf(number: number): Scenario {
  const kind = kinds[number % kinds.length]!;
  const first = firstKills[kind][Math.floor(number / kinds.length)];
  const chances = { chance: 0.5, within: [12, 40, 200] };
  return { kind, seed: number, kills: killsOf(first, createRandom(1000 + number), chances) };
}
