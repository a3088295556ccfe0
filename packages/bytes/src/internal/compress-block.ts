import { hash } from 'node:crypto';
import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeChunk } from '../chunk-table.ts';

/**
 * How far a chunk of deflate data may look back over its beginning, and room for that before the data of a block. Three quarters of
 * deflate's window: with all of it a changed file would drag along more of what follows, with none layers of small files grow by 30%.
 */
export const HISTORY_BYTES: number = 24 * 1024;

/** What is compressed on its own. */
export interface Piece {
  /** Where it ends in the memory of its block. It begins where the one before ends, the first at HISTORY_BYTES. */
  readonly end: number;
  /** How far it may look back; at most HISTORY_BYTES. */
  readonly historyBytes: number;
}

/** A stretch of a stream. `memory` begins with HISTORY_BYTES of room for the end of the block before. */
export interface Block {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly pieces: readonly Piece[];
  readonly last: boolean;
}

export interface Codec {
  /** `member`: a whole gzip member for each piece. */
  readonly format: 'gzip' | 'zstd' | 'member';
  readonly level: number;
  /** Whether entries for the table of chunks are wanted. */
  readonly seekable: boolean;
}

export interface PackedBlock {
  /** Stretches of deflate data for gzip, whole frames for zstd. */
  readonly output: Uint8Array<ArrayBuffer>;
  /** How many bytes of it each piece takes. */
  readonly lengths: readonly number[];
  /** An entry of the table of chunks for each piece; empty when not wanted. */
  readonly entries: Uint8Array<ArrayBuffer>;
}

/** A function of its arguments alone. */
export function compressBlock(codec: Codec, { memory, pieces }: Block): PackedBlock {
  const outputs: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let start = HISTORY_BYTES;
  for (const { end, historyBytes } of pieces) {
    const data = memory.subarray(start, end);
    const history = memory.subarray(start - historyBytes, start);
    const output = compressPiece(codec, data, history);
    outputs.push(output);
    if (codec.seekable) {
      const digest = hash('sha256', output, 'buffer');
      entries.push(
        encodeChunk({ length: output.byteLength, contentLength: end - start, restart: historyBytes === 0, digest }),
      );
    }
    start = end;
  }
  return { output: joined(outputs), entries: joined(entries), lengths: outputs.map((output) => output.byteLength) };
}

function compressPiece({ format, level }: Codec, data: Uint8Array, history: Uint8Array): Uint8Array {
  switch (format) {
    case 'zstd':
      return frame(level, data);
    case 'member':
      return member(level, data);
    case 'gzip':
      return stretch(level, data, history);
  }
}

/** A gzip member (RFC 1952 §2.3) that says nothing of time, level and system. */
function member(level: number, data: Uint8Array): Uint8Array {
  const chunkSize = data.byteLength + (data.byteLength >> 6) + 1024;
  const packed = gzipSync(data, { level, memLevel: 8, windowBits: 15, chunkSize });
  packed.set([0, 0, 0, 0, 0, 255], 4);
  return packed;
}

/** A zstd frame with its checksum. */
function frame(level: number, data: Uint8Array): Uint8Array {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
  const chunkSize = data.byteLength + (data.byteLength >> 6) + 64 * 1024;
  return zstdCompressSync(data, { params, chunkSize, pledgedSrcSize: data.byteLength });
}

/** Deflate blocks that end at a byte and are not the last (RFC 1951 §3.2.3). */
function stretch(level: number, data: Uint8Array, history: Uint8Array): Uint8Array {
  // A flush of nothing would be five bytes.
  if (data.byteLength === 0) return data;
  // Room for the worst case, so that the codec runs once: how often it runs out of room must not show in its output.
  const chunkSize = data.byteLength + (data.byteLength >> 6) + 1024;
  const settings = { level, memLevel: 8, windowBits: 15, finishFlush: constants.Z_SYNC_FLUSH, chunkSize };
  return deflateRawSync(data, history.byteLength === 0 ? settings : { ...settings, dictionary: history });
}

/** Exactly its own memory, so that it can be handed to another thread and nothing unused is kept. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
