const longestMs = 10_000;

/**
 * How long to wait before what failed with a `transient` error is tried again, in milliseconds. `failures` counts those in a row, from 1: the
 * pause after the first is `firstMs`, it doubles each time up to 10 s, and is cut at random to between half and all of it, so that those
 * who failed together do not come back together.
 */
export function backOffMs(failures: number, firstMs: number): number {
  return Math.min(firstMs * 2 ** (failures - 1), longestMs) * (0.5 + Math.random() / 2);
}
