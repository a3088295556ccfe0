/** Bytes of each. */
export const writeBufferBytes: number = 1 << 20;
const pooled = 16;
const plenty = 48;
const pool: Buffer<ArrayBuffer>[] = [];
let taken = 0;

/** A buffer that has its memory for itself. They are used again: memory that is new each time is most of what a garbage collector has to do. */
export function takeWriteBuffer(): Buffer<ArrayBuffer> {
  taken++;
  return pool.pop() ?? Buffer.allocUnsafeSlow(writeBufferBytes);
}

/** Nobody uses it any more; undefined for one that somebody may, and that is then not used again. */
export function giveWriteBuffer(buffer: Buffer<ArrayBuffer> | undefined): void {
  taken--;
  if (buffer !== undefined && pool.length < pooled) pool.push(buffer);
}

/** So many are in use by all writes together that each should do with one: others keep the processor and the disk busy. */
export function hasManyWriteBuffers(): boolean {
  return taken >= plenty;
}
