import type { FoundSecret } from '@lading/facts';
import type { SecretFile } from './secret-scanner.ts';

const pieceBytes = 64 * 1024;

/** UTF-16 on its way to what reads bytes: of each character the low byte, where the high one is zero, else `?`. */
export class Utf16File implements SecretFile {
  readonly #file: SecretFile;
  /** The index of the low byte in each pair. */
  readonly #low: 0 | 1;
  readonly #piece = new Uint8Array(pieceBytes);
  #first: number | undefined;

  constructor(file: SecretFile, littleEndian: boolean) {
    this.#file = file;
    this.#low = littleEndian ? 0 : 1;
  }

  push(chunk: Uint8Array): void {
    let length = 0;
    for (const byte of chunk) {
      if (this.#first === undefined) {
        this.#first = byte;
        continue;
      }
      const [low, high] = this.#low === 0 ? [this.#first, byte] : [byte, this.#first];
      this.#first = undefined;
      this.#piece[length++] = high === 0 ? low : 0x3f;
      if (length === pieceBytes) {
        this.#file.push(this.#piece);
        length = 0;
      }
    }
    this.#file.push(this.#piece.subarray(0, length));
  }

  end(): readonly FoundSecret[] {
    return this.#file.end();
  }
}
