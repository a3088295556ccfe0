import { collect, fromBuffer, unzstd } from '@lading/bytes';
import type { ReadRange, SegmentMap } from './segment.ts';
import { MAX_TOC_BYTES, parseTable, segmentsOfTable } from './table-of-contents.ts';

// containers/storage, pkg/chunked: a skippable frame (RFC 8878 §3.1.2) whose content ends with this. It began with 40 bytes; versions since
// 2024 write 64, of which the first are the same.
const FOOTER_SIZES = [40, 64];
const MAGIC = 'GnUlInUx';
const SKIPPABLE_HEADER_BYTES = 8;
/** The one kind of table there is. */
const CRFS = 1n;

/** The segments of a zstd:chunked layer. `end`: the last bytes of it. Undefined when it is none. */
export async function readZstdChunkedSegments(
  read: ReadRange,
  size: number,
  end: Buffer,
): Promise<SegmentMap | undefined> {
  const footerBytes = footerSizeOf(end);
  if (footerBytes === undefined) return undefined;
  const footer = end.subarray(-footerBytes);
  const [offset, length, kind] = [0, 8, 24].map((at) => footer.readBigUInt64LE(at)) as [bigint, bigint, bigint];
  const tailOffset = Number(offset) - SKIPPABLE_HEADER_BYTES;
  const tailBytes = size - tailOffset;
  const fits =
    tailBytes >= end.byteLength && tailBytes <= MAX_TOC_BYTES && Number(offset + length) <= size - footerBytes;
  if (kind !== CRFS || tailOffset <= 0 || !fits) return undefined;
  const tail = Buffer.concat([await read({ start: tailOffset, end: size - end.byteLength }), end]);
  const packed = tail.subarray(SKIPPABLE_HEADER_BYTES, SKIPPABLE_HEADER_BYTES + Number(length));
  const json = await collect(unzstd(fromBuffer(packed)), { maxBytes: MAX_TOC_BYTES, what: 'table of contents' });
  const segments = segmentsOfTable(parseTable(json), tailOffset);
  return segments === undefined ? undefined : { format: 'zstd:chunked', segments, tailOffset, tail };
}

function footerSizeOf(end: Buffer): number | undefined {
  if (end.toString('latin1', end.byteLength - MAGIC.length) !== MAGIC) return undefined;
  const fits = (size: number): boolean => {
    const header = end.byteLength - size - SKIPPABLE_HEADER_BYTES;
    // The header of the longest is not among the bytes at hand.
    return header < 0 ? size <= end.byteLength : end.readUInt32LE(header + 4) === size;
  };
  return FOOTER_SIZES.find(fits);
}
