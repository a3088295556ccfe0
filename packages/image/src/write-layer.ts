import { type Bytes, gzip, type Io, tap, zstd } from '@lading/bytes';
import { type Descriptor, type Digest, Digester, mediaTypes } from '@lading/oci';
import type { Repository } from '@lading/store';
import { type ImageFormat, mediaTypeIn } from './image-format.ts';

export interface WriteLayerOptions extends Io {
  /** `gzip` unless told. */
  readonly compression?: 'none' | 'gzip' | 'zstd' | undefined;
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

/** Compresses a tar into the repository's content in one pass. Equal bytes give an equal layer on every machine. */
export async function writeLayer(
  repository: Pick<Repository, 'content'>,
  tar: Bytes,
  options: WriteLayerOptions = {},
): Promise<WrittenLayer> {
  const { compression = 'gzip', level, format = 'oci', signal } = options;
  const { mediaType, compress } = compressions[compression];
  const digester = new Digester();
  const hashed = tap(tar, (chunk) => void digester.update(chunk));
  const packed = compress(hashed, level === undefined ? { signal } : { signal, level });
  const ingest = await repository.content.begin({ signal, expected: { mediaType: mediaTypeIn(format, mediaType) } });
  try {
    await ingest.append(packed, { signal });
    const descriptor = await ingest.commit({}, { signal });
    return { descriptor, diffId: digester.digest(), uncompressedSize: digester.size };
  } catch (error) {
    await ingest.abort().catch(() => {});
    throw error;
  }
}
