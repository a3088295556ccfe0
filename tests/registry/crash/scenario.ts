// What is recorded: `lading serve` in sessions. A session may be killed; the next one finds what it left, and its clients go on.
import { createRandom } from '../../crash/random.ts';

/**
 * `plain`: as it comes, where what was pushed stays. `collected`: strict repositories, and collections at any time that take what is not
 * referred to after a second. `restored`: the same, and manifests come back out of the trash.
 */
export type ScenarioKind = 'plain' | 'collected' | 'restored';

export interface Scenario {
  readonly kind: ScenarioKind;
  readonly seed: number;
  /** For each session: after so many operations on files; before a sync, the how manyth of what has a path that ends so; or never. */
  readonly kills: readonly Kill[];
}

export type Kill = { readonly after: number } | { readonly beforeSync: number; readonly of: string } | 'never';

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
  const random = createRandom(5000 + seed);
  const first = firstKills[seed];
  const kills: Kill[] = first === undefined ? [] : [first];
  // Early ones meet the making of folders and of the database, which happens once.
  while (kills.length < 2 && random.chance(0.6)) kills.push({ after: 1 + random.below(random.pick([60, 300, 900])) });
  return { kind: kinds[seed % kinds.length]!, seed, kills: [...kills, 'never'] };
}
