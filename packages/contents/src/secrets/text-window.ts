import type { ScanBuffer } from './scan-buffer.ts';

/** Patterns look at the byte before, and at the one after. */
const margin = 16;
/** Keywords often stand together: what is decoded for one serves those that follow, as far again as it reaches itself. */
const least = 2048;

/** The text of the bytes around a keyword, one character for each byte. Bytes are decoded only where there are keywords. */
export class TextWindow {
  readonly #buffer: ScanBuffer;
  #text = '';
  #end = 0;
  /** The offset of its first character in the buffer. */
  start = 0;

  constructor(buffer: ScanBuffer) {
    this.#buffer = buffer;
  }

  /** A text that begins at `start`, and holds at least `reach` bytes from `at` on where the buffer has them. */
  at(at: number, reach: number): string {
    const { bytes, length } = this.#buffer;
    const needed = Math.min(length, at + reach + margin);
    const isHere = needed <= this.#end && Math.max(0, at - margin) >= this.start;
    if (!isHere) {
      this.start = Math.max(0, at - margin);
      this.#end = Math.min(length, needed + Math.max(reach, least));
      this.#text = bytes.toString('latin1', this.start, this.#end);
    }
    return this.#text;
  }
}
