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
  await Promise.all(workers.map(ready));
  const until = Date.now() + seconds * 1000;
  let kills = 0;
  while (killEverySeconds !== undefined && Date.now() < until) {
    await sleep(Math.min(until - Date.now(), 2000 * random.next() * killEverySeconds));
    if (Date.now() >= until) break;
    const owner = random.below(processes);
    await end(workers[owner]!, 'SIGKILL');
    workers[owner] = start(owner);
    kills++;
  }
  await sleep(Math.max(0, until - Date.now()));
  await Promise.all(workers.map((worker) => end(worker, 'SIGTERM')));
  return { kills };
}

/** When it has begun. Throws when it ended instead. */
async function ready(worker: ChildProcess): Promise<void> {
  const said = once(worker.stdout!, 'data').then(() => true);
  if (!(await Promise.race([said, once(worker, 'close').then(() => false)]))) throw failed(worker);
}

/** Throws when it did not end well, or by this signal: it is killed before it has begun, too. */
async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (worker.exitCode === null && worker.signalCode === null) {
    const closed = once(worker, 'close');
    worker.kill(signal);
    await closed;
  }
  if (worker.exitCode !== 0 && worker.signalCode !== signal) throw failed(worker);
}

function failed({ exitCode, signalCode }: ChildProcess): Error {
  return new Error(`a process of the soak ended with ${exitCode ?? signalCode}`);
}
