// A crash: how many operations had happened, and what of them was on the disk.
import { crashState, type Model, type Mood, type StoredFolder } from './crash-state.ts';
import { replay } from './file-system.ts';
import { createRandom } from './random.ts';
import type { Operation } from './trace.ts';

export interface Schedule {
  /** Operations that had happened. */
  readonly cut: number;
  readonly model: Model;
  readonly mood: Mood;
  readonly seed: number;
}

/** The same for the same seed. Half of the crashes come where they hurt most: just after a promise, a sync or a rename. */
export function scheduleOf(operations: readonly Operation[], seed: number): Schedule {
  const random = createRandom(seed);
  const model = random.pick<Model>([
    'strict',
    'strict',
    'strict',
    'strict',
    'strict',
    'strict',
    'journal',
    'journal',
    'killed',
  ]);
  const mood = random.pick<Mood>([
    'lost',
    'lost',
    'mostly lost',
    'mixed',
    'mixed',
    'mostly kept',
    'mostly kept',
    'kept',
  ]);
  // The beginning of a session is short: there folders are made once, and what the one before it left is found.
  const sessions = operations.flatMap((operation, at) => (isSession(operation) ? [at] : []));
  let cut = random.chance(0.2)
    ? Math.min(random.pick(sessions) + random.below(40), operations.length)
    : random.below(operations.length + 1);
  const kinds = random.pick([[], [], [], ['mark'], ['sync', 'rename', 'unlink']]);
  // The next of that kind; near the end there may be none.
  const found = operations.findIndex((operation, at) => at >= cut && kinds.includes(operation.kind));
  if (found >= 0) cut = found + 1;
  return { cut, model, mood, seed };
}

function isSession(operation: Operation): boolean {
  return operation.kind === 'mark' && operation.text.includes('"session"');
}

/** Right after every promise, with all that was not synced lost. */
export function* everyPromise(operations: readonly Operation[]): Generator<Schedule> {
  for (const [at, operation] of operations.entries()) {
    if (operation.kind === 'mark') yield { cut: at + 1, model: 'strict', mood: 'lost', seed: 0 };
  }
}

/** Every prefix of the trace, once with all that was not synced lost, and once with all of it kept. */
export function* everyPrefix(operations: readonly Operation[]): Generator<Schedule> {
  for (let cut = 0; cut <= operations.length; cut++) {
    yield { cut, model: 'strict', mood: 'lost', seed: 0 };
    yield { cut, model: 'killed', mood: 'kept', seed: 0 };
  }
}

export function stateAfter(
  operations: readonly Operation[],
  { cut, model, mood, seed }: Schedule,
  explain?: (choice: string) => void,
): StoredFolder {
  // Apart from the numbers that chose the schedule itself.
  const random = createRandom(seed + 0x5eed);
  return crashState(replay(operations, cut), { model, mood, random, explain });
}
