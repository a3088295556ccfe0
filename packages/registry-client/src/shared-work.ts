import { interrupted, throwIfAborted } from '@lading/errors';

interface Running<T> {
  readonly result: Promise<T>;
  readonly abandon: AbortController;
  waiting: number;
}

/**
 * Work that is done once for all who need its result at the same moment. Each waits with a signal of its own, and only when nobody waits
 * any more is the work itself interrupted.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  /** Joins what is under way by this key, or starts it. Throws INTERRUPTED when the signal fires, whatever the others do. */
  async run(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    throwIfAborted(signal);
    const running = this.#running.get(key) ?? this.#start(key, work);
    running.waiting++;
    try {
      return await unlessAborted(running.result, signal);
    } finally {
      running.waiting--;
      if (running.waiting === 0) {
        this.#running.delete(key);
        running.abandon.abort();
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> {
    const abandon = new AbortController();
    const running = { result: work(abandon.signal), abandon, waiting: 0 };
    // After the last one has left, nobody is there to take its failure.
    running.result.catch(() => {});
    this.#running.set(key, running);
    return running;
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort: () => void = () => {};
  const fired = new Promise<never>((_, reject) => {
    onAbort = () => reject(interrupted(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, fired]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
