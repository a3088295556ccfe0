import { parentPort } from 'node:worker_threads';
import { compressBlock } from './compress-block.ts';
import type { Answer, Task } from './worker-pool.ts';

// The other end of worker-pool.ts: one task at a time, memory goes back and forth without copies.
const port = parentPort;
if (port === null) throw new Error('worker.ts is started by worker-pool.ts only');

// Each call of the codec leaves a handle whose buffers only a full collection frees, and the engine would wait for 64 MB of them. Where
// the program was started so that it may be asked to collect, it is asked: 5 ms of a second.
const { gc: collect } = globalThis as { readonly gc?: () => void };
const blocksUntilCollection = 4;
let blocks = 0;

port.on('message', ({ codec, block }: Task) => {
  const { memory } = block;
  try {
    const { output, entries, lengths } = compressBlock(codec, block);
    port.postMessage({ output, entries, lengths, memory } satisfies Answer, [
      output.buffer,
      entries.buffer,
      memory.buffer,
    ]);
    blocks += 1;
    if (blocks % blocksUntilCollection === 0) collect?.();
  } catch (error) {
    port.postMessage({ error } satisfies Answer);
  }
});
