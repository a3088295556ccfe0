import type { PartBuffers } from './part-buffers.ts';

/** Most blobs are manifests and configs, which come in one chunk. */
const leastBytes = 4 << 10;

/** Gathers chunks of any size until they make a part. Memory follows what it holds. */
export class PartGatherer {
  readonly #buffers: PartBuffers;
  #buffer: Buffer = Buffer.alloc(0);
  #filled = 0;
  /** What was more than one part once will fill the next one as well. */
  #isLarge = false;

  constructor(buffers: PartBuffers) {
    this.#buffers = buffers;
  }

  get filled(): number {
    return this.#filled;
  }

  get isFull(): boolean {
    return this.#filled === this.#buffers.bytes;
  }

  /** Takes a copy of as much as fits: how many bytes. */
  add(chunk: Uint8Array): number {
    const count = Math.min(chunk.length, this.#buffers.bytes - this.#filled);
    this.#grow(this.#filled + count);
    this.#buffer.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.#filled);
    this.#filled += count;
    return count;
  }

  /** What it holds; valid until the next call. */
  peek(): Buffer {
    return this.#buffer.subarray(0, this.#filled);
  }

  /** What it holds, as the caller's own; it starts anew. */
  take(): Buffer {
    const taken = this.peek();
    this.#isLarge ||= this.isFull;
    this.#buffer = Buffer.alloc(0);
    this.#filled = 0;
    return taken;
  }

  /** Empties it. */
  drop(): void {
    this.#buffers.giveBack(this.#buffer);
    this.take();
  }

  #grow(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const bytes = this.#isLarge ? this.#buffers.bytes : Math.max(leastBytes, this.#buffer.length * 4, needed);
    const larger = bytes >= this.#buffers.bytes ? this.#buffers.take() : Buffer.allocUnsafeSlow(bytes);
    larger.set(this.peek());
    this.#buffer = larger;
  }
}
