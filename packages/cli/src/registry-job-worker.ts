// Started by registry-jobs.ts: a thread that runs one job of a registry.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '@lading/errors';
import { runJob } from '@lading/registry-server';
import type { JobMessage, JobWork } from './registry-jobs.ts';
import { openRegistryParts, registryConfig, registryPlace } from './registry-parts.ts';
import { version } from './version.ts';

const port = parentPort;
if (port === null) throw new Error('registry-job-worker.ts is started by registry-jobs.ts only');
const { task, options } = workerData as JobWork;
const stopping = new AbortController();
port.once('message', () => stopping.abort());
const tell = (message: JobMessage): void => port.postMessage(message);

/** So often at most. */
const everyMs = 250;
let told = 0;

try {
  const config = await registryConfig(options);
  const parts = await openRegistryParts(registryPlace(options, config));
  try {
    const { content, catalog } = parts;
    const figures = await runJob(task, {
      content,
      catalog,
      config,
      version,
      signal: stopping.signal,
      report(progress) {
        if (performance.now() - told < everyMs) return;
        told = performance.now();
        tell({ kind: 'progress', figures: progress });
      },
    });
    tell({ kind: 'done', figures });
  } finally {
    await parts.close();
  }
} catch (error) {
  tell({ kind: 'failed', message: messageOf(error) });
}
// It would keep the thread.
port.close();
