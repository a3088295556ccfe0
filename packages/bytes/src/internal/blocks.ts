import type { Bytes } from '../bytes.ts';
import { type Block, DICTIONARY_BYTES } from './compress-block.ts';

/**
 * Cuts bytes into blocks of exactly `blockBytes`; the last may be shorter and is empty only when there were no bytes at all.
 * The cut does not depend on how the input was chunked. Each block has its own memory, taken from `spare` if there is some.
 */
export async function* blocksOf(
  bytes: Bytes,
  blockBytes: number,
  spare: Uint8Array<ArrayBuffer>[],
): AsyncGenerator<Block, void, undefined> {
  const take = (): Uint8Array<ArrayBuffer> => spare.pop() ?? new Uint8Array(DICTIONARY_BYTES + blockBytes);
  let memory = take();
  let filled = 0;
  let dictionaryBytes = 0;
  for await (const chunk of bytes) {
    let at = 0;
    while (at < chunk.byteLength) {
      // A full block is held back until a further byte shows that it is not the last.
      if (filled === blockBytes) {
        const next = take();
        next.set(memory.subarray(memory.byteLength - DICTIONARY_BYTES));
        yield { memory, dictionaryBytes, bytes: filled, last: false };
        memory = next;
        filled = 0;
        dictionaryBytes = DICTIONARY_BYTES;
      }
      const part = chunk.subarray(at, at + blockBytes - filled);
      memory.set(part, DICTIONARY_BYTES + filled);
      filled += part.byteLength;
      at += part.byteLength;
    }
  }
  yield { memory, dictionaryBytes, bytes: filled, last: true };
}
