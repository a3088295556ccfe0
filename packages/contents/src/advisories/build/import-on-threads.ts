import { availableParallelism } from 'node:os';
import { throwIfAborted } from '@lading/errors';
import type { Batch } from './batch.ts';
import type { ImportTask } from './import-task.ts';
import { ImportThread } from './import-thread.ts';

/**
 * Runs tasks on as many threads as this machine runs at once, and gives each batch to `take` as it is done, in any order, with the ecosystem
 * of which it is a dump. The first task that throws ends it, as an abort does. Errors: INTERRUPTED.
 */
export async function importOnThreads(
  tasks: AsyncIterable<ImportTask>,
  take: (batch: Batch, ecosystem: string | undefined) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const iterator = tasks[Symbol.asyncIterator]();
  const threads: ImportThread[] = [];
  const work = async (): Promise<void> => {
    let thread: ImportThread | undefined;
    for (;;) {
      throwIfAborted(signal);
      const { value: task, done } = await iterator.next();
      if (done === true) return;
      if (thread === undefined) {
        thread = new ImportThread();
        threads.push(thread);
      }
      take(await thread.run(task, signal), task.files[0]?.ecosystem);
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
}
