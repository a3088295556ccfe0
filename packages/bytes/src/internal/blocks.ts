import type { Bytes } from '../bytes.ts';
import type { Cutter } from './chunk-cutter.ts';
import { type Block, HISTORY_BYTES, type Piece } from './compress-block.ts';

/** As much as goes to a thread at once. Not part of the output. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * Gathers the pieces that `cutter` makes of the bytes into blocks. What is cut does not depend on how the input was chunked. Each block
 * has its own memory, taken from `spare` if there is some. There is at least one block; an empty one only when there were no bytes.
 */
export async function* blocksOf(
  bytes: Bytes,
  cutter: Cutter,
  spare: Uint8Array<ArrayBuffer>[],
): AsyncGenerator<Block, void, undefined> {
  const capacity = HISTORY_BYTES + Math.max(BLOCK_BYTES, cutter.maxBytes);
  const take = (): Uint8Array<ArrayBuffer> => spare.pop() ?? new Uint8Array(capacity);
  let memory = take();
  let filled = HISTORY_BYTES;
  /** How far the next piece may look back: nothing precedes the first. */
  let historyBytes = 0;

  /** Before the end of the stream, what could still become longer is left. */
  const piecesOf = (last: boolean): Piece[] => {
    const pieces: Piece[] = [];
    let start = HISTORY_BYTES;
    while (last ? start < filled : filled - start >= cutter.maxBytes) {
      const end = cutter.cut(memory, start, filled);
      pieces.push({ end, historyBytes });
      historyBytes = cutter.endsHistory(memory, start, end) ? 0 : Math.min(HISTORY_BYTES, historyBytes + end - start);
      start = end;
    }
    return last && pieces.length === 0 ? [{ end: filled, historyBytes }] : pieces;
  };

  for await (const chunk of bytes) {
    let at = 0;
    while (at < chunk.byteLength) {
      // A full block is held back until a further byte shows that it is not the last.
      if (filled === capacity) {
        const pieces = piecesOf(false);
        const end = (pieces.at(-1) as Piece).end;
        const next = take();
        // What is not cut yet begins the next block, after the history that it may look back into.
        next.set(memory.subarray(end - HISTORY_BYTES, filled));
        yield { memory, pieces, last: false };
        memory = next;
        filled = HISTORY_BYTES + filled - end;
      }
      const part = chunk.subarray(at, at + capacity - filled);
      memory.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
    }
  }
  yield { memory, pieces: piecesOf(true), last: true };
}
