import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../crash/random.ts';

export interface SoakOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly seed: number;
  readonly seconds: number;
  readonly processes?: number;
  /** Mean time between two kills; a killed process is started again. None unless told. */
  readonly killEverySeconds?: number | undefined;
}

/** Eight processes write, read, tag, lease and collect in one store; some are killed on their way. Resolves when all have ended. */
export async function runSoak(options: SoakOptions): Promise<{ readonly kills: number }> {
  const { folder, seed, seconds, processes = 8, killEverySeconds } = options;
  const random = createRandom(seed);
  let started = 0;
  const start = (owner: number): ChildProcess =>
    spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'worker.ts'),
        ...[folder, owner, seed, seed * 1000 + started++].map(String),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  const workers = Array.from({ length: processes }, (_, owner) => start(owner));
  await Promise.all(workers.map((worker) => once(worker.stdout!, 'data')));
  const end = Date.now() + seconds * 1000;
  let kills = 0;
  while (killEverySeconds !== undefined && Date.now() < end) {
    await sleep(Math.min(end - Date.now(), 2000 * random.next() * killEverySeconds));
    if (Date.now() >= end) break;
    const owner = random.below(processes);
    await ended(workers[owner]!, 'SIGKILL');
    workers[owner] = start(owner);
    kills++;
  }
  await sleep(Math.max(0, end - Date.now()));
  const codes = await Promise.all(workers.map((worker) => ended(worker, 'SIGTERM')));
  // null: it was told to end before it had begun.
  if (codes.some((code) => code !== 0 && code !== null))
    throw new Error(`a process of the soak failed: ${codes.join(', ')}`);
  return { kills };
}

async function ended(worker: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(worker, 'close');
  if (worker.exitCode !== null) return worker.exitCode;
  worker.kill(signal);
  return (await closed)[0];
}
