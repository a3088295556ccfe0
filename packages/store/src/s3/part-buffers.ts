/** Buffers of the size of a part that are used again: fresh memory of that size costs as much as a third of hashing it. */
export class PartBuffers {
  readonly bytes: number;
  readonly #spare: Buffer[] = [];
  readonly #keep: number;

  constructor(bytes: number, keep: number) {
    this.bytes = bytes;
    this.#keep = keep;
  }

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** Only what nothing reads any more. */
  giveBack(buffer: Buffer): void {
    if (buffer.length === this.bytes && this.#spare.length < this.#keep) this.#spare.push(buffer);
  }
}
