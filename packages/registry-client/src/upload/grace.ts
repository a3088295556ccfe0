/** How long an interrupted chunk may take to end in good order, so that what was sent of it counts. */
const graceMs = 1000;

/** Fires a little after the signal: its content ends at once, and the registry gets the time to say what it has. */
export function afterwards(signal: AbortSignal | undefined): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => controller.abort(signal?.reason), graceMs);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
