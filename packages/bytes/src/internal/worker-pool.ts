import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Block, Codec, PackedBlock } from './compress-block.ts';

export interface Task {
  readonly codec: Codec;
  readonly block: Block;
}

export interface Compressed extends PackedBlock {
  /** The memory of the block, for reuse. */
  readonly memory: Uint8Array<ArrayBuffer>;
}

export type Answer = Compressed | { readonly error: unknown };

interface Job extends PromiseWithResolvers<Compressed> {
  readonly task: Task;
}

/** As many workers as this machine runs at once. */
export const POOL_THREADS: number = availableParallelism();

// One pool for the process, so that many streams at once do not mean many times the threads. Workers start when there is
// work for them. They hold the process open only while they have a task.
const idle: Worker[] = [];
const waiting: Job[] = [];
let started = 0;

/** How many workers have been started; for tests. */
export function startedWorkers(): number {
  return started;
}

/** Compresses a block on a worker. Its memory is moved there, and must not be touched until the answer brings it back. */
export function compressOnPool(task: Task): Promise<Compressed> {
  const job: Job = { task, ...Promise.withResolvers<Compressed>() };
  const worker = idle.pop() ?? (started < POOL_THREADS ? start() : undefined);
  if (worker === undefined) waiting.push(job);
  else assign(worker, job);
  return job.promise;
}

const current = new Map<Worker, Job>();

function assign(worker: Worker, job: Job): void {
  current.set(worker, job);
  worker.ref();
  worker.postMessage(job.task, [job.task.block.memory.buffer]);
}

function start(): Worker {
  // No flags of the parent: it may run a test or evaluate a string.
  const worker = new Worker(join(import.meta.dirname, `worker${extname(import.meta.filename)}`), {
    execArgv: [],
    name: 'lading-compress',
  });
  started += 1;
  worker.on('message', (answer: Answer) => {
    const job = current.get(worker);
    current.delete(worker);
    const next = waiting.shift();
    if (next === undefined) {
      worker.unref();
      idle.push(worker);
    } else {
      assign(worker, next);
    }
    if ('error' in answer) job?.reject(answer.error);
    else job?.resolve(answer);
  });
  let failure: unknown;
  worker.on('error', (error) => {
    failure = error;
  });
  // A worker ends by itself only when it dies, for instance out of memory: its task fails, those that wait get another.
  worker.on('exit', (code) => {
    started -= 1;
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
    current.get(worker)?.reject(failure ?? new Error(`A compression worker ended with code ${code}`));
    current.delete(worker);
    const next = waiting.shift();
    if (next !== undefined) assign(start(), next);
  });
  return worker;
}
