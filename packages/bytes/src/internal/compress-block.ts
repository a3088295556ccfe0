import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib';

/** Room before the data of a block for the dictionary that deflate looks back into: its window, 32 KiB. */
export const DICTIONARY_BYTES: number = 32 * 1024;

/**
 * One piece of a stream that is compressed on its own. `memory` holds DICTIONARY_BYTES of room, of which the last
 * `dictionaryBytes` are the end of the piece before, and then `bytes` of data.
 */
export interface Block {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly dictionaryBytes: number;
  readonly bytes: number;
  readonly last: boolean;
}

export interface Codec {
  readonly format: 'gzip' | 'zstd';
  readonly level: number;
}

/** What a block becomes: a stretch of deflate data for gzip, a whole frame for zstd. A function of its arguments alone. */
export function compressBlock(codec: Codec, block: Block): Uint8Array<ArrayBuffer> {
  const { memory, bytes, dictionaryBytes } = block;
  const data = memory.subarray(DICTIONARY_BYTES, DICTIONARY_BYTES + bytes);
  // Room for the worst case, so that the codec runs once: how often it runs out of room must not show in its output.
  const chunkSize = bytes + (bytes >> 6) + 64 * 1024;
  if (codec.format === 'zstd') {
    const params = {
      [constants.ZSTD_c_compressionLevel]: codec.level,
      [constants.ZSTD_c_checksumFlag]: 1,
    };
    return copy(zstdCompressSync(data, { params, chunkSize, pledgedSrcSize: bytes }));
  }
  const dictionary = memory.subarray(DICTIONARY_BYTES - dictionaryBytes, DICTIONARY_BYTES);
  const finishFlush = block.last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
  const settings = { level: codec.level, memLevel: 8, windowBits: 15, finishFlush, chunkSize };
  return copy(deflateRawSync(data, dictionaryBytes === 0 ? settings : { ...settings, dictionary }));
}

/** Exactly its own memory, so that it can be handed to another thread and nothing unused is kept. */
function copy(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data);
}
