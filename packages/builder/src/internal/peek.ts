import type { Bytes } from '@lading/bytes';

export interface Peeked {
  /** The first bytes: as many as were asked for, or all there are. */
  readonly first: Buffer;
  /** All bytes, the first included; to be read once, or given back with `release`. */
  readonly whole: Bytes;
  /** Releases the source when nobody will read it. */
  readonly release: () => Promise<void>;
}

/** Looks at the beginning of bytes that can be read only once. */
export async function peek(bytes: Bytes, count: number): Promise<Peeked> {
  const source = bytes[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let held = 0;
  let ended = false;
  while (held < count && !ended) {
    const next = await source.next();
    if (next.done === true) ended = true;
    else {
      chunks.push(Buffer.from(next.value));
      held += next.value.byteLength;
    }
  }
  const start = Buffer.concat(chunks);
  const release = async (): Promise<void> => {
    if (!ended) await source.return?.();
    ended = true;
  };
  async function* whole(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (start.length > 0) yield start;
      while (!ended) {
        const next = await source.next();
        if (next.done === true) ended = true;
        else yield next.value;
      }
    } finally {
      await release();
    }
  }
  return { first: start.subarray(0, count), whole: whole(), release };
}
