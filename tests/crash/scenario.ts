// What is recorded: a program of seeded steps, in sessions. A session may be killed at some operation; the next one goes on with what it finds.
import { createRandom } from './random.ts';

/** `content`: a directory store; `home`: a directory store with a catalog, as the command line uses them; `layout`: an OCI layout. */
export type ScenarioKind = 'content' | 'home' | 'layout';

export interface Scenario {
  readonly kind: ScenarioKind;
  readonly seed: number;
  /** For each session the operation after which it is killed; 0: never. */
  readonly kills: readonly number[];
}

const kinds: readonly ScenarioKind[] = ['content', 'layout', 'home'];

/** So many different traces; a schedule with seed n runs over trace n modulo this. */
export const scenarioCount = 24;

export function scenarioOf(number: number): Scenario {
  const kind = kinds[number % kinds.length]!;
  const random = createRandom(1000 + number);
  // Kills in the first operations meet the making of folders, which happens once.
  const kill = (): number => 1 + random.below(random.pick([12, 40, 200]));
  // The first three are one of each kind, all with a restart.
  const sessions = number < kinds.length ? 2 : 1 + random.below(3);
  return { kind, seed: number, kills: [...Array.from({ length: sessions - 1 }, kill), 0] };
}
