import { createHash } from 'node:crypto';
import type { Segment } from './segment.ts';

/** A table that is longer, packed or not, is not read. */
export const MAX_TOC_BYTES: number = 32 * 1024 * 1024;

/** One entry, as far as it is read here; the other members say what the tar header holds. */
interface Entry {
  readonly [member: string]: unknown;
}

// Where content lies and what it is; everything else is in the tar header, or decides how the entry is padded.
const PLACE = new Set(['offset', 'endOffset', 'innerOffset', 'chunkOffset', 'chunkSize', 'chunkDigest', 'digest']);

/**
 * The segments of an eStargz or zstd:chunked layer, from its table of contents (stargz-snapshotter, docs/estargz.md §TOC; containers/storage,
 * pkg/chunked/toc). Content begins at the offsets that the table gives. Between it lie the headers of the entries that come next, so the
 * key of a segment is made of the digests of its content and of everything that the table says about those entries.
 *
 * How the bytes were compressed is not known: equal segments are probable, and the digest of the whole layer decides.
 * `end`: where the layer's data end. Undefined when the table does not follow its format.
 */
export function segmentsOfTable(table: unknown, end: number): Segment[] | undefined {
  const entries = (table as { entries?: unknown } | null)?.entries;
  if (!Array.isArray(entries)) return undefined;
  const segments: Segment[] = [];
  let hash = createHash('sha256');
  let start = 0;
  /** Of the file whose content came last: it decides on the padding. */
  let size: unknown;
  const cut = (at: number): void => {
    if (at === start) return;
    segments.push({ offset: start, length: at - start, key: hash.digest('base64') });
    hash = createHash('sha256').update(JSON.stringify([size]));
    start = at;
  };
  /** Where the content of the file ends, in chunks that may follow; eStargz does not say. */
  let until: number | undefined;
  for (const entry of entries as Entry[]) {
    if (typeof entry !== 'object' || entry === null) return undefined;
    const { type, offset, endOffset, chunkDigest, digest, chunkSize } = entry;
    if (type !== 'chunk') {
      if (until !== undefined) cut(until);
      until = undefined;
      hash.update(JSON.stringify(Object.entries(entry).filter(([member]) => !PLACE.has(member))));
      size = entry.size ?? size;
    }
    if (offset === undefined || offset === 0) continue;
    // Several small contents may share a place, one after the other.
    if (!isPosition(offset, start, until ?? end)) return undefined;
    cut(offset);
    hash.update(JSON.stringify([chunkDigest ?? digest, chunkSize]));
    if (endOffset === undefined) continue;
    if (!isPosition(endOffset, offset, end)) return undefined;
    until = endOffset;
  }
  if (until !== undefined) cut(until);
  cut(end);
  return segments;
}

/** Undefined when it is not JSON. */
export function parseTable(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}

function isPosition(value: unknown, from: number, to: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to;
}
