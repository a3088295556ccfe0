import { promisify } from 'node:util';
import { constants, type ZstdOptions, zstdCompress as zstdCompressCallback, zstdDecompressSync } from 'node:zlib';
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

const zstdCompress = promisify(zstdCompressCallback) as (data: Buffer, options: ZstdOptions) => Promise<Buffer>;

/** The texts of consecutive records as a zstd frame that has a checksum of its own. */
export function compressTexts(texts: readonly Uint8Array[]): Promise<Buffer> {
  const { ZSTD_c_compressionLevel: level, ZSTD_c_checksumFlag: checksum } = constants;
  return zstdCompress(tableOf(texts), { params: { [level]: 19, [checksum]: 1 } });
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
