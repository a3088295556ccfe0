export type { ByteRange, Bytes, Io, SkippableBytes } from './bytes.ts';
export { CHUNK_BYTES } from './chunk-size.ts';
export {
  FIRST_CHUNK_OFFSET,
  findChunkTable,
  type GzipChunk,
  parseChunkTable,
  TABLE_FOOTER_BYTES,
} from './chunk-table.ts';
export { type CollectOptions, collect } from './collect.ts';
export { concat } from './concat.ts';
export { decompress } from './decompress.ts';
export { type Compression, detectCompression, SNIFF_BYTES } from './detect-compression.ts';
export { drain } from './drain.ts';
export { fromBuffer } from './from-buffer.ts';
export { type FromFileOptions, fromFile, unreadable } from './from-file.ts';
export { gunzip } from './gunzip.ts';
export { type GzipOptions, gzip } from './gzip.ts';
export { gzipMembers } from './gzip-members.ts';
export type { CompressOptions } from './internal/compress.ts';
export { limit } from './limit.ts';
export { rechunk } from './rechunk.ts';
export { slice } from './slice.ts';
export { tap } from './tap.ts';
export { toReadable } from './to-readable.ts';
export { unzstd } from './unzstd.ts';
export { withSignal } from './with-signal.ts';
export { zstd } from './zstd.ts';
