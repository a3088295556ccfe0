import { FIRST_CHUNK_OFFSET, findChunkTable, parseChunkTable, TABLE_FOOTER_BYTES } from '@lading/bytes';
import type { ReadRange, Segment, SegmentMap } from './segment.ts';

/** The end of the data between the last chunk and the table: docs/seekable-layers.md. */
const TRAILER_BYTES = 10;

/** The chunks of a layer that we compressed. `end`: the last bytes of it. Undefined when it is none of ours. */
export async function readLadingSegments(read: ReadRange, size: number, end: Buffer): Promise<SegmentMap | undefined> {
  const tableOffset = findChunkTable(end, size);
  if (tableOffset === undefined) return undefined;
  const tailOffset = Math.min(tableOffset - TRAILER_BYTES, size - end.byteLength);
  const tail = Buffer.concat([await read({ start: tailOffset, end: size - end.byteLength }), end]);
  const table = tail.subarray(tableOffset - tailOffset, -TABLE_FOOTER_BYTES);
  return { format: 'lading', segments: [...segmentsOf(table, tableOffset - TRAILER_BYTES)], tailOffset, tail };
}

function* segmentsOf(table: Uint8Array, end: number): Generator<Segment, void, undefined> {
  yield { offset: 0, length: FIRST_CHUNK_OFFSET, key: 'gzip header' };
  let offset = FIRST_CHUNK_OFFSET;
  for (const { length, digest } of parseChunkTable(table)) {
    // Chunks that would overlap what follows them are not to be trusted; what is not covered is fetched.
    if (offset + length > end) return;
    yield { offset, length, key: Buffer.from(digest).toString('latin1') };
    offset += length;
  }
}
