import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { HashAnswer, HashCall } from './hash-thread.ts';

// The other end of hash-thread.ts: hashes by number, each of bytes in the order in which they come. Memory goes back and forth.
const port = parentPort;
if (port === null) throw new Error('hash-worker.ts is started by hash-thread.ts only');

const hashes = new Map<number, Hash>();

port.on('message', (call: HashCall) => {
  if (call.kind === 'update') {
    const { memory, length } = call;
    const hash = hashes.get(call.hash) ?? createHash(call.algorithm);
    hashes.set(call.hash, hash.update(new Uint8Array(memory, 0, length)));
    port.postMessage(memory satisfies HashAnswer, [memory]);
    return;
  }
  if (call.kind === 'digest') port.postMessage((hashes.get(call.hash)?.digest('hex') ?? '') satisfies HashAnswer);
  hashes.delete(call.hash);
});
