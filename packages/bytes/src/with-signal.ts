import { interrupted, throwIfAborted } from '@lading/errors';
import type { Bytes } from './bytes.ts';

/**
 * The same bytes until the signal fires: then the reader gets INTERRUPTED at once, even while the source is waiting,
 * and the source is told to release what it holds. Without a signal, the bytes themselves.
 */
export function withSignal(bytes: Bytes, signal: AbortSignal | undefined): Bytes {
  return signal === undefined ? bytes : { [Symbol.asyncIterator]: () => guarded(bytes, signal) };
}

async function* guarded(bytes: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  throwIfAborted(signal);
  const source = bytes[Symbol.asyncIterator]();
  // Not Promise.race against one promise for the signal: that would hold on to every chunk until the signal fires.
  let reject: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => reject?.(interrupted(signal));
  const next = (): Promise<IteratorResult<Uint8Array>> =>
    new Promise((resolve, rejectNext) => {
      reject = rejectNext;
      source.next().then(resolve, rejectNext);
    });
  signal.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    while (true) {
      throwIfAborted(signal);
      const result = await next();
      if (result.done) {
        ended = true;
        return;
      }
      yield result.value;
    }
  } catch (error) {
    if (!signal.aborted) ended = true;
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!ended) {
      // A source that hangs in next() would hang in return() as well: once the signal fired, that is not awaited.
      const released = source.return?.();
      if (signal.aborted) released?.catch(() => {});
      else await released;
    }
  }
}
