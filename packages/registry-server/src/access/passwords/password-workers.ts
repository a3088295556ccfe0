import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface PasswordTask {
  readonly hash: string;
  readonly password: string;
}

/** Threads that verify passwords, so that a hash made to be slow never holds up a request. */
export interface PasswordWorkers {
  /** `busy` when so many wait already that the answer would come too late. */
  verify(task: PasswordTask): Promise<boolean | 'busy'>;
  /** Lets what was asked for be answered first: whoever is signing in has given no wrong password. */
  close(): Promise<void>;
}

interface Job extends PromiseWithResolvers<boolean> {
  readonly task: PasswordTask;
}

/** Started when first needed; they hold the process open only while they have a task. */
export function createPasswordWorkers(
  options: { readonly threads?: number; readonly waiting?: number } = {},
): PasswordWorkers {
  const { threads = Math.min(2, availableParallelism()), waiting: most = 128 } = options;
  const idle: Worker[] = [];
  const running = new Map<Worker, Job | undefined>();
  const waiting: Job[] = [];

  const assign = (worker: Worker, job: Job): void => {
    running.set(worker, job);
    worker.ref();
    worker.postMessage(job.task);
  };
  const settle = (worker: Worker, valid: boolean): void => {
    const job = running.get(worker);
    running.set(worker, undefined);
    const next = waiting.shift();
    if (next === undefined) {
      worker.unref();
      idle.push(worker);
    } else {
      assign(worker, next);
    }
    job?.resolve(valid);
  };
  const start = (): Worker => {
    // No flags of the parent: it may run a test or evaluate a string.
    const path = join(import.meta.dirname, `password-worker${extname(import.meta.filename)}`);
    const worker = new Worker(path, { execArgv: [], name: 'lading-passwords' });
    running.set(worker, undefined);
    worker.on('message', (valid: boolean) => settle(worker, valid));
    let failure: unknown;
    worker.on('error', (error) => {
      failure = error;
    });
    // It ends by itself only when it dies, for instance out of memory: its task fails, those that wait get another.
    worker.on('exit', (code) => {
      const job = running.get(worker);
      running.delete(worker);
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
      job?.reject(failure ?? new Error(`A password worker ended with code ${code}`));
      const next = waiting.shift();
      if (next !== undefined) assign(start(), next);
    });
    return worker;
  };

  return {
    verify(task) {
      const worker = idle.pop() ?? (running.size < threads ? start() : undefined);
      if (worker === undefined && waiting.length >= most) return Promise.resolve('busy');
      const job: Job = { task, ...Promise.withResolvers<boolean>() };
      if (worker === undefined) waiting.push(job);
      else assign(worker, job);
      return job.promise;
    },
    async close() {
      const asked = [...waiting, ...running.values()].map((job) => job?.promise);
      await Promise.allSettled(asked);
      await Promise.all([...running.keys()].map((worker) => worker.terminate()));
    },
  };
}
