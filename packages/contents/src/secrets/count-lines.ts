/** How many line ends there are in `from` ≤ at < `to`; four bytes at a time where it begins and ends at a multiple of four. */
export function countLines(bytes: Uint8Array, from: number, to: number): number {
  if (((bytes.byteOffset + from) | (to - from)) % 4 !== 0 || to - from < 64) return countEach(bytes, from, to);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) >> 2);
  let lines = 0;
  for (let index = 0; index < words.length; index++) {
    // A byte of `other` is zero where the text has a line end; then its highest bit, and no other, is set in `ends`.
    const other = (words[index] as number) ^ 0x0a0a0a0a;
    const ends = ~(((other & 0x7f7f7f7f) + 0x7f7f7f7f) | other | 0x7f7f7f7f);
    if (ends !== 0) lines += Math.imul(ends >>> 7, 0x01010101) >>> 24;
  }
  return lines;
}

function countEach(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at++) if (bytes[at] === 10) lines++;
  return lines;
}
