import { availableParallelism } from 'node:os';
import { throwIfAborted } from '@lading/errors';
import type { Batch } from './batch.ts';
import type { ImportTask } from './import-task.ts';
import { ImportThread } from './import-thread.ts';

/**
 * Runs tasks on as many threads as this machine runs at once, and gives each batch to `take` as it is done, in any order, with the ecosystem
 * of which it is a dump. The first task that throws ends it, as an abort does, and no thread is left. Errors: INTERRUPTED.
 */
export async function importOnThreads(
  tasks: AsyncIterable<ImportTask>,
  take: (batch: Batch, ecosystem: string | undefined) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const iterator = tasks[Symbol.asyncIterator]();
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    let thread: ImportThread | undefined;
    try {
      for (;;) {
        throwIfAborted(ended);
        const { value: task, done } = await iterator.next();
        if (done === true) return;
        thread ??= new ImportThread();
        take(await thread.run(task, ended), task.files[0]?.ecosystem);
      }
    } catch (error) {
      failures.push(error);
      stop.abort();
    } finally {
      await thread?.close();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  if (failures.length > 0) throw failures[0];
}
