import { collect, fromBuffer, gunzip } from '@lading/bytes';
import { readTar } from '@lading/tar';
import type { ReadRange, SegmentMap } from './segment.ts';
import { MAX_TOC_BYTES, parseTable, segmentsOfTable } from './table-of-contents.ts';

// stargz-snapshotter, docs/estargz.md §Footer: an empty gzip member; its extra field holds where the table begins in 16 hexadecimal digits.
const FOOTER_BYTES = 51;
const FIELD_OFFSET = 12;
const FIELD = /^SG..([0-9a-f]{16})STARGZ/s;
const TABLE_NAME = 'stargz.index.json';

/** The segments of an eStargz layer. `end`: the last bytes of it. Undefined when it is none. */
export async function readEstargzSegments(read: ReadRange, size: number, end: Buffer): Promise<SegmentMap | undefined> {
  const hex = FIELD.exec(end.subarray(-FOOTER_BYTES).toString('latin1', FIELD_OFFSET))?.[1];
  if (hex === undefined) return undefined;
  const tailOffset = Number.parseInt(hex, 16);
  const tailBytes = size - tailOffset;
  if (!Number.isSafeInteger(tailOffset) || tailBytes < end.byteLength || tailBytes > MAX_TOC_BYTES) return undefined;
  const tail = Buffer.concat([await read({ start: tailOffset, end: size - end.byteLength }), end]);
  for await (const entry of readTar(gunzip(fromBuffer(tail.subarray(0, -FOOTER_BYTES))))) {
    if (entry.path !== TABLE_NAME) return undefined;
    const json = await collect(entry.content, { maxBytes: MAX_TOC_BYTES, what: TABLE_NAME });
    const segments = segmentsOfTable(parseTable(json), tailOffset);
    return segments === undefined ? undefined : { format: 'estargz', segments, tailOffset, tail };
  }
  return undefined;
}
