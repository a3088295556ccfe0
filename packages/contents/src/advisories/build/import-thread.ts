import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { interrupted, throwIfAborted } from '@lading/errors';
import type { Batch } from './batch.ts';
import type { ImportTask } from './import-task.ts';

/** A thread that runs one task at a time. End it with `close()`. */
export class ImportThread {
  readonly #worker: Worker;
  #task: PromiseWithResolvers<Batch> | undefined;

  constructor() {
    // No flags of the parent: it may run a test or evaluate a string.
    this.#worker = new Worker(join(import.meta.dirname, `advisory-worker${extname(import.meta.filename)}`), {
      execArgv: [],
      name: 'lading-advisories',
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    this.#worker.on('message', (batch: Batch) => this.#task?.resolve(batch));
    this.#worker.on('error', (error) => this.#task?.reject(error));
    this.#worker.on('exit', (code) =>
      this.#task?.reject(new Error(`A thread that reads advisories ended with code ${code}`)),
    );
  }

  /** Rejects with what ended the thread, or with INTERRUPTED; it is of no more use then. */
  async run(task: ImportTask, signal: AbortSignal): Promise<Batch> {
    throwIfAborted(signal);
    const current = Promise.withResolvers<Batch>();
    this.#task = current;
    const abort = (): void => current.reject(interrupted(signal));
    signal.addEventListener('abort', abort);
    try {
      this.#worker.postMessage(task);
      return await current.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
