import { crc32 } from 'node:zlib';
import type { Bytes } from './bytes.ts';
import { chunkTable, MAX_TABLE_BYTES } from './chunk-table.ts';
import { contentDefined } from './internal/chunk-cutter.ts';
import { type CompressOptions, checkOptions, compressBlocks } from './internal/compress.ts';
import { tap } from './tap.ts';
import { withSignal } from './with-signal.ts';

export interface GzipOptions extends CompressOptions {
  /** A table of chunks follows the data, by which equal stretches of two streams are found. Not unless told. */
  readonly seekable?: boolean | undefined;
}

// The header and how chunks are cut are part of the output: changing either changes the digest of every layer that is built.
const DEFAULT_LEVEL = 5;
/** Of less content nobody would ask for a part. */
const MIN_SEEKABLE_BYTES = 64 * 1024;
// RFC 1952 §2.3: deflate, no flags and so no name, no time, no statement about level (XFL 0) or system (OS 255).
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * Gzip of the bytes as one member (RFC 1952), level 0–9, 5 unless told; a `seekable` one is followed by members without content, for
 * which see docs/seekable-layers.md. The output depends on the bytes and these options only: not on the time, the machine, the number
 * of threads or how the input was chunked.
 *
 * The content is cut where the content itself says so, into chunks of about 24 KiB that refer to no more than the 24 KiB before them.
 * They are compressed in parallel, and a change in the content changes the output only near it.
 *
 * Errors: USAGE for settings that do not exist, INTERRUPTED.
 */
export function gzip(bytes: Bytes, options: GzipOptions = {}): Bytes {
  checkOptions(options, 'gzip', 0, 9);
  // The signal guards both ends: a source that waits, and a reader that waits for work under way.
  return withSignal(members(withSignal(bytes, options.signal), options), options.signal);
}

async function* members(bytes: Bytes, options: GzipOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { level = DEFAULT_LEVEL, seekable = false, threads } = options;
  let checksum = 0;
  let size = 0;
  const input = tap(bytes, (chunk) => {
    checksum = crc32(chunk, checksum);
    size += chunk.byteLength;
  });
  const table: Uint8Array[] = [];
  let tableBytes = 0;
  let written = HEADER.byteLength;
  yield HEADER.slice();
  for await (const block of compressBlocks(input, { format: 'gzip', level, seekable }, contentDefined, threads)) {
    yield block.output;
    written += block.output.byteLength;
    tableBytes += block.entries.byteLength;
    if (tableBytes <= MAX_TABLE_BYTES) table.push(block.entries);
  }
  // A last block of no content (RFC 1951 §3.2.6), CRC-32, size.
  const trailer = Buffer.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  trailer.writeUInt32LE(checksum, 2);
  trailer.writeUInt32LE(size % 2 ** 32, 6);
  yield trailer;
  const worthwhile = size >= MIN_SEEKABLE_BYTES && tableBytes <= MAX_TABLE_BYTES;
  if (seekable && worthwhile) yield chunkTable(Buffer.concat(table), written + trailer.byteLength);
}
