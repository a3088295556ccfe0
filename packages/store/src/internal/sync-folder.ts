import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';

/** A sync that runs, and the one that those share who came since it began. */
interface Turn {
  readonly running: Promise<void>;
  next?: Promise<void>;
}

const turns = new Map<string, Turn>();

/**
 * Makes the names in a folder durable. Calls that come while a sync runs share the one after it: a sync covers all names that were there
 * when it began, so many commits at the same time cost few syncs.
 */
export function syncFolder(folder: string): Promise<void> {
  const turn = turns.get(folder);
  if (turn === undefined) return start(folder);
  turn.next ??= turn.running.then(
    () => start(folder),
    () => start(folder),
  );
  return turn.next;
}

function start(folder: string): Promise<void> {
  const turn: Turn = { running: sync(folder) };
  turns.set(folder, turn);
  const done = (): void => {
    if (turns.get(folder) === turn && turn.next === undefined) turns.delete(folder);
  };
  turn.running.then(done, done);
  return turn.running;
}

const folders = { sync: promisify(fsync) };

/** Opened and closed at once: of a folder that is in use that takes less than another thread. */
async function sync(folder: string): Promise<void> {
  const file = openSync(folder, 'r');
  try {
    await folders.sync(file);
  } finally {
    closeSync(file);
  }
}
