/** How many words' counts fit into the bytes of a sum. */
const mostWords = 255;

/** How many line ends there are in `from` ≤ at < `to`; four bytes at a time where both are multiples of four. */
export function countLines(bytes: Uint8Array, from: number, to: number): number {
  if (((bytes.byteOffset + from) | (to - from)) % 4 !== 0 || to - from < 64) return countEach(bytes, from, to);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) >> 2);
  let lines = 0;
  for (let index = 0; index < words.length; ) {
    // Four sums, one in each byte.
    let sums = 0;
    for (const end = Math.min(words.length, index + mostWords); index < end; index++) {
      // A byte of `other` is zero where the text has a line end; there, and only there, the highest bit of `ends` is set.
      const other = (words[index] as number) ^ 0x0a0a0a0a;
      const ends = ~(((other & 0x7f7f7f7f) + 0x7f7f7f7f) | other | 0x7f7f7f7f);
      sums = (sums + (ends >>> 7)) | 0;
    }
    lines += (sums & 0xff) + ((sums >>> 8) & 0xff) + ((sums >>> 16) & 0xff) + (sums >>> 24);
  }
  return lines;
}

function countEach(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at++) if (bytes[at] === 10) lines++;
  return lines;
}
