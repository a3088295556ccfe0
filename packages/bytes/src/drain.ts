import type { Bytes } from './bytes.ts';

/** Reads to the end, keeps nothing, and tells how many bytes there were. */
export async function drain(bytes: Bytes): Promise<number> {
  let total = 0;
  for await (const chunk of bytes) total += chunk.byteLength;
  return total;
}
