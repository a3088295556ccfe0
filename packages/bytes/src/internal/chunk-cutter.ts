/**
 * Says where a stream is cut into pieces that are compressed on their own. Only the bytes decide, not how they arrive, so that equal
 * stretches of two streams are cut alike.
 */
export interface Cutter {
  /** No piece is longer. */
  readonly maxBytes: number;
  /** Where the piece that begins at `start` ends, at most at `end`. Needs to see `maxBytes`, or up to the last byte of the stream. */
  cut(data: Uint8Array, start: number, end: number): number;
  /** Whether what follows this piece may not look back, so that reading can begin there. Told by the bytes of the piece. */
  endsHistory(data: Uint8Array, start: number, end: number): boolean;
}

/** Pieces of the same size, none of which looks back. */
export function everyBytes(bytes: number): Cutter {
  return { maxBytes: bytes, cut: (_data, start, end) => Math.min(end, start + bytes), endsHistory: () => true };
}

// Measured on system files, node_modules and trees of small files: an average of about 24 KiB keeps small what a changed file drags
// along; finer chunks cost more in size, time and table than they save.
const MIN_BYTES = 8 * 1024;
const USUAL_BYTES = 24 * 1024;
const MAX_BYTES = 64 * 1024;
/** How many bytes the rolling hash remembers: each byte's bits are shifted out after 32 more. */
const WINDOW_BYTES = 32;
// Cuts are rarer before the usual size and more frequent after it (FastCDC, Xia et al. 2016, §3.3 normalised chunking).
const RARE = ~0 << (32 - 15);
const FREQUENT = ~0 << (32 - 12);
const GEAR = gearTable();

/**
 * Cuts where a rolling hash of the content says so: after an insertion or deletion the cuts are soon the same again. What looks like the
 * beginning of a tar entry is preferred, so that a changed file drags along less of those before it.
 */
export const contentDefined: Cutter = {
  maxBytes: MAX_BYTES,
  cut(data, start, end) {
    let at = start + MIN_BYTES;
    if (at >= end) return end;
    const last = entryBetween(data, at, Math.min(end, start + MAX_BYTES));
    const usual = Math.min(last, start + USUAL_BYTES);
    let hash = hashBefore(data, at);
    for (; at < usual; at++) {
      hash = ((hash << 1) + (GEAR[data[at] as number] as number)) | 0;
      if ((hash & RARE) === 0) return at + 1;
    }
    for (; at < last; at++) {
      hash = ((hash << 1) + (GEAR[data[at] as number] as number)) | 0;
      if ((hash & FREQUENT) === 0) return at + 1;
    }
    return last;
  },
  // One cut of 64: about once in 1 MiB.
  endsHistory: (data, start, end) => sampled(data, start, end, 61) >>> 26 === 0,
};

// POSIX.1-2024 pax §ustar: the magic and where it lies in a header; before it, the name.
const MAGIC = Buffer.from('ustar');
const MAGIC_OFFSET = 257;
const NAME_BYTES = 100;

/** The first of the entries that begin between, about every second of which counts, by its name; `to` when there is none. */
function entryBetween(data: Uint8Array, from: number, to: number): number {
  const part = Buffer.from(data.buffer, data.byteOffset + from, to - from);
  for (let at = MAGIC_OFFSET; ; at += MAGIC.length) {
    at = part.indexOf(MAGIC, at);
    if (at < 0) return to;
    const entry = from + at - MAGIC_OFFSET;
    if (sampled(data, entry, entry + NAME_BYTES, 1) >>> 31 === 0) return entry;
  }
}

/** A hash of every so many bytes (FNV-1a, then Fibonacci hashing for the high bits). */
function sampled(data: Uint8Array, start: number, end: number, step: number): number {
  let hash = 0;
  for (let at = start; at < end; at += step) hash = Math.imul(hash ^ (data[at] as number), 0x01000193);
  return Math.imul(hash, 0x9e3779b1);
}

function hashBefore(data: Uint8Array, end: number): number {
  let hash = 0;
  for (let at = end - WINDOW_BYTES; at < end; at++) hash = ((hash << 1) + (GEAR[data[at] as number] as number)) | 0;
  return hash;
}

/** A random number for each byte: xorshift32 (Marsaglia 2003) from a fixed seed. */
function gearTable(): Int32Array {
  const table = new Int32Array(256);
  let state = 0x9e3779b9 | 0;
  for (let byte = 0; byte < 256; byte++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    table[byte] = state;
  }
  return table;
}
