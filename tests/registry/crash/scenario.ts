// What is recorded: `lading serve` in sessions. A session may be killed; the next one finds what it left, and its clients go on.
import { createRandom } from '../../crash/random.ts';
import { type Kill, killsOf, type Sessions } from '../../crash/sessions.ts';

/**
 * `plain`: as it comes, where what was pushed stays. `collected`: strict repositories, and collections at any time that take what is not
 * referred to after a second. `restored`: the same, and manifests come back out of the trash.
 */
export type ScenarioKind = 'plain' | 'collected' | 'restored';

export type Scenario = Sessions<ScenarioKind>;

/** Syncs that make durable what can be seen before: a session that is killed there leaves what the next one must not rely on. */
const firstKills: readonly Kill[] = [
  { beforeSync: 4, of: '.log' },
  { beforeSync: 1, of: 'registry/content' },
  { beforeSync: 3, of: 'blobs/sha256' },
  { beforeSync: 1, of: '' },
  { beforeSync: 1, of: 'journal' },
  { beforeSync: 9, of: '.log' },
  { beforeSync: 1, of: 'registry' },
  { beforeSync: 1, of: 'blobs/sha256' },
  { beforeSync: 2, of: 'registry/content' },
  { beforeSync: 1, of: '.log' },
];

const kinds: readonly ScenarioKind[] = ['plain', 'collected', 'plain', 'restored'];

/** So many are run unless told; any number is a scenario. */
export const scenarioCount = 16;

export function scenarioOf(seed: number): Scenario {
  const chances = { chance: 0.6, within: [60, 300, 900] };
  const kills = killsOf(firstKills[seed], createRandom(5000 + seed), chances);
  return { kind: kinds[seed % kinds.length]!, seed, kills };
}
