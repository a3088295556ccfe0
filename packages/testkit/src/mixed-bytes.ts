/**
 * The same bytes for the same size and seed, on every machine: stretches of words, of numbers and of noise, so that codecs
 * meet what compresses well, what compresses little and what does not.
 */
export function mixedBytes(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed >>> 0 || 1;
  const next = (): number => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  const words = Array.from({ length: 400 }, () => Buffer.from(`${next().toString(36)} `.slice(next() % 5)));
  let at = 0;
  while (at < size) {
    const stop = Math.min(size, at + 1000 + (next() % 60_000));
    const kind = next() % 3;
    while (at < stop) {
      if (kind === 0) at += bytes.write((words[next() % words.length] as Buffer).toString('latin1'), at, 'latin1');
      else if (kind === 1) bytes[at++] = next() % 12;
      else bytes[at++] = next() >>> 24;
    }
  }
  return bytes;
}
