import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DigestAlgorithm } from '@lading/oci';

export type HashCall =
  | {
      readonly kind: 'update';
      readonly hash: number;
      readonly algorithm: DigestAlgorithm;
      /** Moved to the thread, which moves it back. */
      readonly memory: ArrayBuffer;
      readonly length: number;
    }
  | { readonly kind: 'digest' | 'drop'; readonly hash: number };

/** To each `update` its memory, to each `digest` its hexadecimal digits, in their order. */
export type HashAnswer = ArrayBuffer | string;

/** Where there is one processor, a second thread would only take turns with the first. */
export const hasHashThread: boolean = availableParallelism() > 1;

let thread: Worker | undefined;
let calls: PromiseWithResolvers<HashAnswer>[] = [];
let numbers = 0;
/** Hashes up to this number were in a thread that died. */
let lost = 0;

/** Whether asking it costs no start. */
export function isHashThreadRunning(): boolean {
  return thread !== undefined;
}

/** A number for a hash that nobody else has. */
export function nextHash(): number {
  return ++numbers;
}

/** Hashes bytes at the start of the memory, and gives that back. */
export async function updateOnThread(
  hash: number,
  algorithm: DigestAlgorithm,
  memory: ArrayBuffer,
  length: number,
): Promise<ArrayBuffer> {
  return (await ask({ kind: 'update', hash, algorithm, memory, length }, [memory])) as ArrayBuffer;
}

/** The hexadecimal digits. */
export async function digestOnThread(hash: number): Promise<string> {
  return (await ask({ kind: 'digest', hash })) as string;
}

/** Lets go of a hash that nobody will ask for. */
export function dropOnThread(hash: number): void {
  thread?.postMessage({ kind: 'drop', hash } satisfies HashCall);
}

async function ask(call: HashCall, moved: ArrayBuffer[] = []): Promise<HashAnswer> {
  if (call.hash <= lost) throw new Error('The thread that hashed the content has died');
  thread ??= start();
  const worker = thread;
  const answer = Promise.withResolvers<HashAnswer>();
  calls.push(answer);
  worker.ref();
  worker.postMessage(call, moved);
  return answer.promise;
}

function start(): Worker {
  // No flags of the parent: it may run a test or evaluate a string.
  const worker = new Worker(join(import.meta.dirname, `hash-worker${extname(import.meta.filename)}`), {
    execArgv: [],
    name: 'lading-hash',
  });
  // It does not keep the process open, unless it is asked for something.
  worker.unref();
  worker.on('message', (answer: HashAnswer) => {
    calls.shift()?.resolve(answer);
    if (calls.length === 0) worker.unref();
  });
  let failure: unknown;
  worker.on('error', (error) => {
    failure = error;
  });
  // It ends by itself only when it dies. What it has hashed is lost; what begins then begins in another.
  worker.on('exit', (code) => {
    thread = undefined;
    lost = numbers;
    const unanswered = calls;
    calls = [];
    for (const call of unanswered) call.reject(failure ?? new Error(`The hashing thread ended with code ${code}`));
  });
  return worker;
}
