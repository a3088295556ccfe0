import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LadingError, messageOf } from '@lading/errors';
import type { ExecuteJob, JobFigures, JobTask } from '@lading/registry-server';
import type { OptionValues } from './command.ts';

/** What the thread of a job is given. */
export interface JobWork {
  readonly task: JobTask;
  /** Those of the server: the thread reads the same configuration and opens the same place. */
  readonly options: OptionValues;
}

/** What it tells. */
export type JobMessage =
  | { readonly kind: 'progress'; readonly figures: JobFigures }
  | { readonly kind: 'done'; readonly figures: JobFigures }
  | { readonly kind: 'failed'; readonly message: string };

/** After it was told to stop, a thread has so long to come to an end. */
const stopMs = 10_000;

/** Runs each job of a registry in a thread of its own with connections of its own, so that no request waits for it. */
export function jobThreads(options: OptionValues): ExecuteJob {
  const plain = Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value === 'string'));
  return (task, { signal, report }) =>
    new Promise((resolve, reject) => {
      const path = join(import.meta.dirname, `registry-job-worker${extname(import.meta.filename)}`);
      // No flags of the parent: it may run a test or evaluate a string.
      const worker = new Worker(path, {
        execArgv: [],
        name: `lading-job-${task.name}`,
        workerData: { task, options: plain } satisfies JobWork,
      });
      let timer: NodeJS.Timeout | undefined;
      const stop = (): void => {
        worker.postMessage('stop');
        timer = setTimeout(() => void worker.terminate(), stopMs).unref();
      };
      let failure: unknown;
      worker.on('message', (message: JobMessage) => {
        if (message.kind === 'progress') report(message.figures);
        else if (message.kind === 'done') resolve(message.figures);
        else reject(new LadingError('JOB_FAILED', message.message));
      });
      worker.on('error', (error) => {
        failure = error;
      });
      worker.on('exit', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        // Nothing, once it was settled.
        const reason = failure === undefined ? 'its thread ended' : messageOf(failure);
        reject(new LadingError('JOB_FAILED', `The job ${task.name} broke off: ${reason}`, { cause: failure }));
      });
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
}
