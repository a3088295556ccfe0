import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { damaged } from './damaged.ts';
import { Table, tableOf } from './table.ts';

/** What people read of a record. */
export interface RecordText {
  readonly title?: string | undefined;
  readonly references: readonly string[];
}

/** Records whose texts are compressed together: large enough to compress, small enough to inflate for one. */
export const TEXTS_PER_BLOCK = 64;

/** No block is larger; what claims to be is damaged. */
const MAX_BLOCK_BYTES = 4 << 20;

export function writeText(writer: ByteWriter, { title = '', references }: RecordText): void {
  writer.text(title);
  writer.texts(references);
}

// Blocks are small: tables for a large window would take longer to make than the block to compress.
const frame = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 9,
    [constants.ZSTD_c_windowLog]: 17,
    [constants.ZSTD_c_hashLog]: 17,
    [constants.ZSTD_c_chainLog]: 17,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** The texts of consecutive records as a zstd frame that has a checksum of its own. */
export function compressTexts(texts: readonly Uint8Array[]): Buffer {
  return zstdCompressSync(tableOf(texts), frame);
}

/** The texts of a block. Throws ADVISORIES_DAMAGED. */
export function inflateTexts(block: Buffer): Table {
  let bytes: Buffer;
  try {
    bytes = zstdDecompressSync(block, { maxOutputLength: MAX_BLOCK_BYTES });
  } catch (cause) {
    throw damaged('a block of texts cannot be inflated', cause);
  }
  return new Table(bytes);
}

export function readText(bytes: Buffer): RecordText {
  const reader = new ByteReader(bytes);
  const title = reader.text();
  return { ...(title === '' ? {} : { title }), references: reader.texts() };
}
