import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Descriptor } from '@lading/oci';

/** The place of one blob in a tar that is written from one end to the other: where those who bring its bytes meet the one who takes them. */
export class Slot {
  readonly descriptor: Descriptor;
  readonly #turn = promised<void>();
  readonly #done = promised<void>();
  /** What comes next; undefined: nothing. */
  #next = promised<Stretch | undefined>();
  #stretch: Stretch | undefined;
  #closed: unknown;

  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  /** Some of it may be in the tar already. */
  get isBegun(): boolean {
    return this.#stretch !== undefined;
  }

  /** Resolves when the tar is here. */
  turn(): Promise<void> {
    return this.#turn.promise;
  }

  /** Brings the next bytes; resolves when all of them were taken. What the bytes throw is the bringer's, and the tar waits for more. */
  async bring(bytes: Bytes): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    this.#stretch = { bytes, taken: promised() };
    this.#next.resolve(this.#stretch);
    await this.#stretch.taken.promise;
  }

  /** All was brought; resolves when the tar has gone on. */
  end(): Promise<void> {
    this.#next.resolve(undefined);
    return this.#done.promise;
  }

  /** Takes what is brought. */
  async *take(): Bytes {
    this.#turn.resolve();
    for (;;) {
      const stretch = await this.#next.promise;
      if (stretch === undefined) return;
      this.#next = promised();
      let end: () => void = () => stretch.taken.reject(closed());
      try {
        for await (const chunk of stretch.bytes) yield chunk;
        end = stretch.taken.resolve;
      } catch (error) {
        end = () => stretch.taken.reject(error);
      } finally {
        end();
      }
    }
  }

  /** The tar has gone on. */
  leave(): void {
    this.#done.resolve();
  }

  /** Nobody brings, or nobody takes, any more: whoever waits gets the reason. */
  close(reason: unknown): void {
    this.#closed = reason;
    for (const each of [this.#turn, this.#next, this.#done, this.#stretch?.taken]) each?.reject(reason);
  }
}

interface Stretch {
  readonly bytes: Bytes;
  readonly taken: PromiseWithResolvers<void>;
}

export function closed(): LadingError {
  return new LadingError('INGEST_CLOSED', 'Cannot write to the archive: it is not written any more');
}

/** A rejection that nobody waits for is no failure of its own. */
function promised<T>(): PromiseWithResolvers<T> {
  const all = Promise.withResolvers<T>();
  all.promise.catch(() => {});
  return all;
}
