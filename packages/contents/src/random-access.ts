/** Bytes that can be read in any order: a file of a layer, a file on disk, a member of an archive. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number;
  /** Up to `length` bytes from `offset`: fewer only at the end. The bytes are the caller's to read, not to change. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Bytes in memory. */
export function inMemory(bytes: Uint8Array): RandomAccess {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { size: buffer.length, read: async (offset, length) => buffer.subarray(offset, offset + length) };
}

/** A part of a source, as a source. What reaches past the source's end is not there. */
export function part(source: RandomAccess, start: number, length: number): RandomAccess {
  const size = Math.max(0, Math.min(length, source.size - start));
  return {
    size,
    read: async (offset, wanted) =>
      offset >= size ? Buffer.alloc(0) : source.read(start + offset, Math.min(wanted, size - offset)),
  };
}

/**
 * The same bytes, read from the source in pieces of `windowBytes`: for readers that ask for many small neighbours. Holds one piece.
 * Reads as large as the window go to the source as they are.
 */
export function windowed(source: RandomAccess, windowBytes: number = 256 << 10): RandomAccess {
  let start = 0;
  let window: Buffer = Buffer.alloc(0);
  return {
    size: source.size,
    async read(offset, length) {
      if (offset >= start && offset + length <= start + window.length)
        return window.subarray(offset - start, offset - start + length);
      if (length >= windowBytes) return source.read(offset, length);
      window = await source.read(offset, windowBytes);
      start = offset;
      return window.subarray(0, length);
    },
  };
}
