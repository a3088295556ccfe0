import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, LadingError, messageOf } from '@lading/errors';
import type { ScanEnd, Scanner, ScanTask } from '@lading/registry-server';
import type { OptionValues } from './command.ts';

/** What a thread is told. */
export type ScanMessage =
  | { readonly kind: 'run'; readonly task: ScanTask }
  | { readonly kind: 'stop' }
  | { readonly kind: 'end' };

/** What it tells, once for each task. */
export type ScanReply =
  | { readonly kind: 'done'; readonly end: ScanEnd }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** A thread that had nothing to do for so long ends: its connections and what it loaded go with it. */
const idleMs = 60_000;
/** After it was told to, a thread has so long to come to an end. */
const stopMs = 10_000;

interface Thread {
  readonly worker: Worker;
  timer?: NodeJS.Timeout | undefined;
}

/** Looks into layers and images in threads of their own with connections of their own, so that no request waits for it. As many as run at once. */
export function scanThreads(options: OptionValues): Scanner {
  const plain = Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value === 'string'));
  const idle: Thread[] = [];
  const all = new Set<Thread>();

  const start = (): Thread => {
    const path = join(import.meta.dirname, `registry-scan-worker${extname(import.meta.filename)}`);
    // No flags of the parent: it may run a test or evaluate a string.
    const worker = new Worker(path, { execArgv: [], name: 'lading-scan', workerData: plain });
    const thread: Thread = { worker };
    all.add(thread);
    worker.once('exit', () => {
      all.delete(thread);
      const at = idle.indexOf(thread);
      if (at >= 0) idle.splice(at, 1);
    });
    // Whoever waits for a task hears of it; between tasks its end is enough.
    worker.on('error', () => {});
    return thread;
  };
  const rest = (thread: Thread): void => {
    if (!all.has(thread)) return;
    idle.push(thread);
    thread.worker.unref();
    thread.timer = setTimeout(() => {
      // Nobody takes it any more.
      idle.splice(idle.indexOf(thread), 1);
      end(thread);
    }, idleMs).unref();
  };
  const take = (): Thread => {
    const thread = idle.pop() ?? start();
    clearTimeout(thread.timer);
    thread.worker.ref();
    return thread;
  };

  return {
    async run(task, signal) {
      const thread = take();
      try {
        return await ask(thread.worker, task, signal);
      } finally {
        rest(thread);
      }
    },
    async close() {
      await Promise.all(
        [...all].map(async (thread) => {
          clearTimeout(thread.timer);
          thread.worker.ref();
          const exited = new Promise<void>((resolve) => thread.worker.once('exit', () => resolve()));
          const timer = setTimeout(() => void thread.worker.terminate(), stopMs);
          end(thread);
          await exited;
          clearTimeout(timer);
        }),
      );
    },
  };
}

function end({ worker }: Thread): void {
  worker.postMessage({ kind: 'end' } satisfies ScanMessage);
}

function ask(worker: Worker, task: ScanTask, signal: AbortSignal): Promise<ScanEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<ScanEnd>();
  const onReply = (reply: ScanReply): void => {
    if (reply.kind === 'done') resolve(reply.end);
    else reject(new LadingError(reply.code, reply.message));
  };
  const onError = (error: unknown): void => {
    reject(
      new LadingError('SCAN_FAILED', `The thread that looks into images broke off: ${messageOf(error)}`, {
        cause: error,
      }),
    );
  };
  const onExit = (): void => onError(new Error('it ended'));
  const stop = (): void => worker.postMessage({ kind: 'stop' } satisfies ScanMessage);
  worker.on('message', onReply).on('error', onError).on('exit', onExit);
  worker.postMessage({ kind: 'run', task } satisfies ScanMessage);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return promise.finally(() => {
    worker.off('message', onReply).off('error', onError).off('exit', onExit);
    signal.removeEventListener('abort', stop);
  });
}
