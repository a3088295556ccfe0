import type { Bytes } from '../bytes.ts';
import { corrupt } from './corrupt.ts';

// The decoder of node:zlib silently drops what follows the end of a frame within one chunk, so chunks are cut there.

const MAGIC = 0xfd2fb528;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
// One segment, no content, one last raw block of no bytes.
const EMPTY_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00);

type Part = 'magic' | 'descriptor' | 'block-header' | 'content' | 'last-content' | 'skip-size' | 'skip';

/**
 * The frames of a zstd stream (RFC 8878 §3.1), chunks cut so that none spans two frames, skippable frames left out.
 * Errors: BYTES_CORRUPT for what is not a frame, or when the stream ends inside one.
 */
export async function* zstdFrames(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  let part: Part = 'magic';
  /** Bytes of the field being gathered, and how many it has. Fields may span chunks. */
  let field: number[] = [];
  let fieldBytes = 4;
  /** Bytes to pass or skip before the next field. */
  let ahead = 0;
  let checksumBytes = 0;
  let frames = 0;
  let skipped = 0;

  for await (const chunk of bytes) {
    let from = 0;
    let at = 0;
    while (at < chunk.byteLength) {
      if (part === 'content' || part === 'last-content' || part === 'skip') {
        const step = Math.min(ahead, chunk.byteLength - at);
        ahead -= step;
        at += step;
      } else {
        field.push(chunk[at] as number);
        at += 1;
        if (field.length < fieldBytes) continue;
        const value = field.reduceRight((sum, byte) => sum * 256 + byte, 0);
        const gathered = field;
        field = [];
        switch (part) {
          case 'magic':
            if (value === MAGIC) {
              frames += 1;
              from = at - 4;
              if (from < 0) {
                yield Uint8Array.from(gathered);
                from = at;
              }
              [part, fieldBytes] = ['descriptor', 1];
            } else if (value >>> 4 === 0x184d2a5) {
              skipped += 1;
              [part, fieldBytes] = ['skip-size', 4];
            } else {
              throw corrupt(
                'zstd',
                frames + skipped === 0 ? 'it does not begin as such' : 'something else follows a frame',
              );
            }
            break;
          case 'descriptor': {
            const singleSegment = (value & 0x20) !== 0;
            const sizeFlag = value >> 6;
            checksumBytes = (value & 0x04) === 0 ? 0 : 4;
            ahead = singleSegment ? 0 : 1;
            ahead += DICTIONARY_ID_BYTES[value & 3] as number;
            ahead += singleSegment && sizeFlag === 0 ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] as number);
            part = 'content';
            break;
          }
          case 'block-header': {
            const type = (value >> 1) & 3;
            if (type === 3) throw corrupt('zstd', 'it has a block of a reserved type');
            ahead = type === 1 ? 1 : value >> 3;
            const last = (value & 1) !== 0;
            if (last) ahead += checksumBytes;
            part = last ? 'last-content' : 'content';
            break;
          }
          case 'skip-size':
            ahead = value;
            part = 'skip';
            break;
        }
      }
      if (ahead > 0) continue;
      if (part === 'content') {
        [part, fieldBytes] = ['block-header', 3];
      } else if (part === 'last-content') {
        yield chunk.subarray(from, at);
        [part, fieldBytes] = ['magic', 4];
      } else if (part === 'skip') {
        [part, fieldBytes] = ['magic', 4];
      }
    }
    const inFrame = part === 'descriptor' || part === 'block-header' || part === 'content' || part === 'last-content';
    if (inFrame && from < at) yield chunk.subarray(from, at);
  }
  if (part !== 'magic' || field.length > 0 || frames + skipped === 0) throw corrupt('zstd', 'it is cut off');
  // Nothing but skippable frames is valid and means no bytes; the decoder wants to see a frame.
  if (frames === 0) yield EMPTY_FRAME;
}
