import type { Digest } from '@lading/oci';

/** Work of which each piece is done once, whoever asks for it, until the first failure stops everything. */
export class OnceEach {
  /** Fires when nothing more is to begin: the caller's signal, or the first failure as the reason. */
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #started = new Map<Digest, Promise<void>>();
  #failure: unknown;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
  }

  /** Starts the work about this content, or joins what was started. */
  run(digest: Digest, work: () => Promise<void>): Promise<void> {
    const started = this.#started.get(digest);
    if (started !== undefined) return started;
    const promise = work().catch((error: unknown) => {
      this.#failure ??= error;
      this.#stop.abort(this.#failure);
      throw error;
    });
    // A sibling may have failed first, and then nobody waits for this one's failure.
    promise.catch(() => {});
    this.#started.set(digest, promise);
    return promise;
  }

  /** Waits for all of it. The first failure is thrown when nothing runs any more. */
  async settled(work: readonly Promise<void>[]): Promise<void> {
    try {
      await Promise.all(work);
    } catch (error) {
      await Promise.allSettled([...work, ...this.#started.values()]);
      throw this.#failure ?? error;
    }
  }
}
