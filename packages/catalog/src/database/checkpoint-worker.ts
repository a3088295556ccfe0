// A thread that brings SQLite's write-ahead log into the file: it takes as long as hundreds of transactions and waits for the disk twice,
// which nobody whose request is being answered should have to wait for.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** Pages of the log. Beyond that it begins again from its start, for which writers wait a moment. */
const longLog = 16_384;

const database = new DatabaseSync(workerData as string, { timeout: 1000 });
const checkpoint = (mode: 'PASSIVE' | 'TRUNCATE'): number => {
  const row = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get();
  return Number(row?.log ?? 0);
};

parentPort?.on('message', (message: 'checkpoint' | 'end') => {
  if (message === 'checkpoint') {
    // What is left after a first pass is little.
    if (checkpoint('PASSIVE') > longLog) checkpoint('TRUNCATE');
    parentPort?.postMessage('done');
  } else {
    database.close();
    parentPort?.close();
  }
});
