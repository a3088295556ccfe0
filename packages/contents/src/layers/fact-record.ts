import { promisify } from 'node:util';
import { constants, crc32, zstdCompress, zstdDecompress } from 'node:zlib';

// In front: the CRC-32 of all that follows, then how many bytes the compressed JSON has. Behind the JSON the other bytes, compressed too.
const headBytes = 8;
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const level = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };
/** More than any facts need that are within the limits of layers. */
const maxOutputLength = 1 << 30;

/** A value and bytes beside it in one small record. */
export async function encodeRecord(value: object, bytes: Uint8Array): Promise<Buffer> {
  const [json, rest] = await Promise.all([compress(JSON.stringify(value), level), compress(bytes, level)]);
  const record = Buffer.concat([Buffer.alloc(headBytes), json, rest]);
  record.writeUInt32LE(json.length, 4);
  record.writeUInt32LE(crc32(record.subarray(4)), 0);
  return record;
}

/** Undefined for what is no whole record. The value has the shape that was written: records are ours, and checked. */
export async function decodeRecord<T>(
  record: Buffer,
): Promise<{ readonly value: T; readonly bytes: Uint8Array } | undefined> {
  if (record.length < headBytes || record.readUInt32LE(0) !== crc32(record.subarray(4))) return undefined;
  const split = headBytes + record.readUInt32LE(4);
  const [json, bytes] = await Promise.all([
    decompress(record.subarray(headBytes, split), { maxOutputLength }),
    decompress(record.subarray(split), { maxOutputLength }),
  ]);
  return { value: JSON.parse(json.toString('utf8')) as T, bytes };
}
