import { collect, type Io } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import { type Descriptor, isLayerType } from '@lading/oci';
import type { ContentReader } from '@lading/store';
import { readEstargzSegments } from './estargz-segments.ts';
import { readLadingSegments } from './lading-segments.ts';
import type { ReadRange, SegmentMap } from './segment.ts';
import { readZstdChunkedSegments } from './zstd-chunked-segments.ts';

/** As much as the longest footer of the formats. */
const END_BYTES = 64;

export interface SegmentsRead {
  /** Undefined when the layer is not seekable. */
  readonly map: SegmentMap | undefined;
  readonly requests: number;
  readonly bytes: number;
}

/**
 * Reads at a layer's end what it consists of, in one range, and a second where there is a table. What is damaged or not to be trusted
 * counts as not seekable. Throws RANGE_UNSUPPORTED where `content` cannot read ranges, and what opening the layer throws.
 */
export async function readSegments(content: ContentReader, layer: Descriptor, io: Io = {}): Promise<SegmentsRead> {
  const { size } = layer;
  let [requests, bytes] = [0, 0];
  const read: ReadRange = async (range) => {
    const length = range.end - range.start;
    if (length === 0) return Buffer.alloc(0);
    requests++;
    const stream = await content.open(layer, { range, seek: true, signal: io.signal });
    const part = await collect(stream, { maxBytes: length, what: `the end of ${layer.digest}`, signal: io.signal });
    bytes += part.byteLength;
    if (part.byteLength === length) return part;
    throw new LadingError('SIZE_MISMATCH', `Cannot read the end of ${layer.digest}: it is shorter than ${size} bytes`);
  };
  let map: SegmentMap | undefined;
  if (isLayerType(layer.mediaType) && size > END_BYTES) {
    try {
      const end = await read({ start: size - END_BYTES, end: size });
      for (const format of [readLadingSegments, readEstargzSegments, readZstdChunkedSegments]) {
        map ??= await format(read, size, end);
      }
    } catch (error) {
      const unusable = [
        'BYTES_CORRUPT',
        'BYTES_LIMIT',
        'SIZE_MISMATCH',
        'TAR_INVALID',
        'TAR_UNSAFE',
        'TAR_UNSUPPORTED',
      ];
      if (!isLadingError(error) || !unusable.includes(error.code)) throw error;
    }
  }
  return { map, requests, bytes };
}
