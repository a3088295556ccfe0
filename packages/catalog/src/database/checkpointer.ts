import { statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** A log of so many bytes is brought into the file: about what SQLite does by itself. */
const logBytes = 4 << 20;

export interface Checkpointer {
  /** To be called after commits. */
  committed(): void;
  close(): Promise<void>;
}

/** Checkpoints of a database by a thread of their own, which is started when there is something to do. */
export function createCheckpointer(path: string, writer: DatabaseSync): Checkpointer {
  writer.exec('PRAGMA wal_autocheckpoint = 0');
  let worker: Worker | undefined;
  let busy = false;

  const start = (): Worker => {
    // No flags of the parent: it may run a test or evaluate a string.
    const program = join(import.meta.dirname, `checkpoint-worker${extname(import.meta.filename)}`);
    const started = new Worker(program, { execArgv: [], name: 'lading-checkpoint', workerData: path });
    started.unref();
    started.on('message', () => {
      busy = false;
    });
    // SQLite goes on by itself where the thread cannot.
    started.on('error', () => writer.isOpen && writer.exec('PRAGMA wal_autocheckpoint = 1000'));
    return started;
  };

  return {
    committed() {
      if (busy || (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) < logBytes) return;
      busy = true;
      worker ??= start();
      worker.postMessage('checkpoint');
    },
    async close() {
      const ending = worker;
      if (ending === undefined) return;
      worker = undefined;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.ref();
      ending.postMessage('end');
      await ended;
    },
  };
}
