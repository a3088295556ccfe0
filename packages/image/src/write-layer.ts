import { type Bytes, gzip, type Io, tap, zstd } from '@lading/bytes';
import { type Descriptor, type Digest, Digester, mediaTypes } from '@lading/oci';
import type { Repository } from '@lading/store';
import { type ImageFormat, mediaTypeIn } from './image-format.ts';
import { writeEstargz } from './seekable/write-estargz.ts';

export interface WriteLayerOptions extends Io {
  /** `gzip` unless told. `estargz` adds an entry to the tar: the diffId is that of the tar with it. */
  readonly compression?: 'none' | 'gzip' | 'zstd' | 'estargz' | undefined;
  /** Of the compression; its default unless told. */
  readonly level?: number | undefined;
  readonly format?: ImageFormat | undefined;
}

/** A layer that was written: what a manifest and a config say of it. */
export interface WrittenLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly uncompressedSize: number;
}

/** With a table of chunks, so that a later version of the layer is pulled in parts. */
const seekableGzip: typeof gzip = (bytes, options) => gzip(bytes, { ...options, seekable: true });

const compressions = {
  none: { mediaType: mediaTypes.ociLayer, compress: (bytes: Bytes): Bytes => bytes },
  gzip: { mediaType: mediaTypes.ociLayerGzip, compress: seekableGzip },
  zstd: { mediaType: mediaTypes.ociLayerZstd, compress: zstd },
} as const;

/** What a layer is known by besides its bytes, when the last of them was read. */
type Summary = Pick<WrittenLayer, 'diffId' | 'uncompressedSize'> & Pick<Descriptor, 'annotations'>;

/** Compresses a tar into the repository's content in one pass. Equal bytes give an equal layer on every machine. */
export async function writeLayer(
  repository: Pick<Repository, 'content'>,
  tar: Bytes,
  options: WriteLayerOptions = {},
): Promise<WrittenLayer> {
  const { compression = 'gzip', format = 'oci', signal } = options;
  const { packed, summary } =
    compression === 'estargz' ? asEstargz(tar, options) : compressed(tar, compression, options);
  const { mediaType } = compressions[compression === 'estargz' ? 'gzip' : compression];
  const ingest = await repository.content.begin({ signal, expected: { mediaType: mediaTypeIn(format, mediaType) } });
  try {
    await ingest.append(packed, { signal });
    const descriptor = await ingest.commit({}, { signal });
    const { annotations, ...rest } = summary();
    return { ...rest, descriptor: annotations === undefined ? descriptor : { ...descriptor, annotations } };
  } catch (error) {
    await ingest.abort().catch(() => {});
    throw error;
  }
}

interface Packed {
  readonly packed: Bytes;
  readonly summary: () => Summary;
}

function compressed(tar: Bytes, compression: keyof typeof compressions, { level, signal }: WriteLayerOptions): Packed {
  const digester = new Digester();
  const hashed = tap(tar, (chunk) => void digester.update(chunk));
  const { compress } = compressions[compression];
  return {
    packed: compress(hashed, level === undefined ? { signal } : { signal, level }),
    summary: () => ({ diffId: digester.digest(), uncompressedSize: digester.size }),
  };
}

function asEstargz(tar: Bytes, { level, signal }: WriteLayerOptions): Packed {
  let summary: Summary | undefined;
  const packed = writeEstargz(tar, { level, signal, onEnd: (end) => (summary = end) });
  return {
    packed,
    summary: () => {
      if (summary === undefined) throw new Error('the layer was not read to its end');
      return summary;
    },
  };
}
