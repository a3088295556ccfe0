// Started by registry-scan-threads.ts: a thread that looks into layers and images, one after the other.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { isLadingError, messageOf } from '@lading/errors';
import { openScanner } from '@lading/registry-server';
import type { OptionValues } from './command.ts';
import { openRegistryParts, registryConfig, registryPlace } from './registry-parts.ts';
import type { ScanMessage, ScanReply } from './registry-scan-threads.ts';
import { version } from './version.ts';

const port = parentPort;
if (port === null) throw new Error('registry-scan-worker.ts is started by registry-scan-threads.ts only');
const options = workerData as OptionValues;
const reply = (answer: ScanReply): void => port.postMessage(answer);

giveWay();
const config = await registryConfig(options);
const { content, catalog, close } = await openRegistryParts(registryPlace(options, config));
const scanner = await openScanner({ content, catalog, config, version });
let running: AbortController | undefined;

port.on('message', async (message: ScanMessage) => {
  if (message.kind === 'stop') {
    running?.abort();
    return;
  }
  if (message.kind === 'end') {
    await scanner.close();
    await close();
    port.close();
    return;
  }
  running = new AbortController();
  try {
    reply({ kind: 'done', end: await scanner.run(message.task, running.signal) });
  } catch (error) {
    reply({ kind: 'failed', code: isLadingError(error) ? error.code : 'SCAN_FAILED', message: messageOf(error) });
  }
});

/** Requests come first where processors are few. Linux has priorities of threads, by their ids; elsewhere all are equal. */
function giveWay(): void {
  try {
    const [, thread = ''] = /task\/(\d+)$/.exec(readlinkSync('/proc/thread-self')) ?? [];
    if (thread !== '') setPriority(Number(thread), 10);
  } catch {
    // It is as it was.
  }
}
