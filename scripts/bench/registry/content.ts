import { createCipheriv, createHash } from 'node:crypto';

export interface ContentSource {
  /** A blob that was not there before: its bytes, in parts that must not be changed, and its digest. */
  next(): { readonly parts: readonly Uint8Array[]; readonly digest: string };
}

/**
 * Blobs of one size that differ in their last bytes only. What they share is hashed once, so that to make one costs next to nothing: what is
 * measured shares its processors with this.
 */
export function createContent(bytes: number, run: string): ContentSource {
  const shared = noise(Math.max(0, bytes - tailBytes));
  const hash = createHash('sha256').update(shared);
  let count = 0;
  return {
    next() {
      const tail = Buffer.from(`${run} ${count++}`.padEnd(tailBytes).slice(0, bytes));
      return { parts: [shared, tail], digest: `sha256:${hash.copy().update(tail).digest('hex')}` };
    },
  };
}

const tailBytes = 64;

/** Bytes that no compression makes smaller, the same each time. */
function noise(bytes: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
