import { CHUNK_BYTES } from '../chunk-size.ts';

// 16 × 512 KiB: enough for eight files read at once; more readers than that allocate and let the collector free.
const MAX_IDLE = 16;
const idle: Buffer[] = [];

/** A buffer of CHUNK_BYTES with arbitrary content. */
export function takeBuffer(): Buffer {
  return idle.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
}

/** Gives a buffer back for reuse. Only for buffers nobody reads any more and that no I/O writes to. */
export function giveBuffer(buffer: Buffer): void {
  if (buffer.byteLength === CHUNK_BYTES && idle.length < MAX_IDLE) idle.push(buffer);
}
