import { collect, fromBuffer, unzstd } from '@lading/bytes';
import type { ReadRange, SegmentMap } from './segment.ts';
import { MAX_TOC_BYTES, parseTable, segmentsOfTable } from './table-of-contents.ts';

// containers/storage, pkg/chunked/internal/minimal: a skippable frame (RFC 8878 §3.1.2) of 64 bytes, which end with this.
const FOOTER_BYTES = 64;
const MAGIC = 'GNUlInUx';
const SKIPPABLE_HEADER_BYTES = 8;
/** The one kind of table there is. */
const CRFS = 1n;

/** The segments of a zstd:chunked layer. `end`: the last bytes of it. Undefined when it is none. */
export async function readZstdChunkedSegments(
  read: ReadRange,
  size: number,
  end: Buffer,
): Promise<SegmentMap | undefined> {
  const footer = end.subarray(-FOOTER_BYTES);
  if (footer.byteLength < FOOTER_BYTES || footer.toString('latin1', FOOTER_BYTES - MAGIC.length) !== MAGIC)
    return undefined;
  const [offset, length, kind] = [0, 8, 24].map((at) => footer.readBigUInt64LE(at)) as [bigint, bigint, bigint];
  const tailOffset = Number(offset) - SKIPPABLE_HEADER_BYTES;
  const tailBytes = size - tailOffset;
  const fits = tailOffset > 0 && tailBytes <= MAX_TOC_BYTES && Number(offset + length) <= size - FOOTER_BYTES;
  if (kind !== CRFS || !fits) return undefined;
  const tail = Buffer.concat([await read({ start: tailOffset, end: size - end.byteLength }), end]);
  const packed = tail.subarray(SKIPPABLE_HEADER_BYTES, SKIPPABLE_HEADER_BYTES + Number(length));
  const json = await collect(unzstd(fromBuffer(packed)), { maxBytes: MAX_TOC_BYTES, what: 'table of contents' });
  const segments = segmentsOfTable(parseTable(json), tailOffset);
  return segments === undefined ? undefined : { format: 'zstd:chunked', segments, tailOffset, tail };
}
