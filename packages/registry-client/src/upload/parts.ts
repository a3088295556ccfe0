import type { Bytes } from '@lading/bytes';

/**
 * Bytes that are sent in parts, one after the other, from one iteration of their source. A source that fails ends its part in good order,
 * so that what was sent of it counts; `failure` then tells.
 */
export class Parts {
  failure: { readonly cause: unknown } | undefined;
  readonly #source: AsyncIterator<Uint8Array>;
  /** Of the last chunk, what the last part had no room for. */
  #rest: Uint8Array | undefined;
  #done = false;

  constructor(bytes: Bytes) {
    this.#source = bytes[Symbol.asyncIterator]();
  }

  /** Whether there is more. */
  async more(): Promise<boolean> {
    while (this.#rest === undefined && !this.#done) {
      try {
        const { done, value } = await this.#source.next();
        if (done) this.#done = true;
        else if (value.byteLength > 0) this.#rest = value;
      } catch (cause) {
        this.failure = { cause };
        this.#done = true;
      }
    }
    return this.#rest !== undefined;
  }

  /** The next bytes, up to so many. */
  async *take(most: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = most; left > 0 && (await this.more()); ) {
      const chunk = this.#rest as Uint8Array;
      const part = chunk.subarray(0, left);
      this.#rest = part.byteLength === chunk.byteLength ? undefined : chunk.subarray(part.byteLength);
      left -= part.byteLength;
      yield part;
    }
  }

  /** Drops so many bytes. */
  async skip(count: number): Promise<void> {
    for await (const _ of this.take(count));
  }

  /** Releases the source. */
  async close(): Promise<void> {
    if (!this.#done) await this.#source.return?.();
    this.#done = true;
  }
}
