import { parentPort } from 'node:worker_threads';
import { compressBlock } from './compress-block.ts';
import type { Answer, Task } from './worker-pool.ts';

// The other end of worker-pool.ts: one task at a time, memory goes back and forth without copies.
const port = parentPort;
if (port === null) throw new Error('worker.ts is started by worker-pool.ts only');

port.on('message', ({ codec, block }: Task) => {
  const { memory } = block;
  try {
    const { output, entries, lengths } = compressBlock(codec, block);
    port.postMessage({ output, entries, lengths, memory } satisfies Answer, [
      output.buffer,
      entries.buffer,
      memory.buffer,
    ]);
  } catch (error) {
    port.postMessage({ error } satisfies Answer);
  }
});
