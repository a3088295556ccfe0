import { parentPort } from 'node:worker_threads';
import { type ImportTask, runImportTask } from './import-task.ts';

// The other end of import-on-threads.ts: one task at a time.
const port = parentPort;
if (port === null) throw new Error('advisory-worker.ts is started by import-on-threads.ts only');

port.on('message', async (task: ImportTask) => {
  const batch = await runImportTask(task);
  port.postMessage(batch, [batch.bytes.buffer]);
});
