import { promisify } from 'node:util';
import { inflateRaw as inflateRawCallback, inflateRawSync } from 'node:zlib';

const inflateRawOnPool = promisify(inflateRawCallback) as (
  data: Buffer,
  options: { chunkSize: number; maxOutputLength: number },
) => Promise<Buffer>;

/** What takes about a millisecond: for less, the way to another thread and back costs more than it wins. */
const AT_ONCE_BYTES = 256 << 10;

/** Inflates raw deflate data; throws zlib's error when it is damaged or gives more than `maxBytes`. */
export async function inflateRaw(data: Buffer, maxBytes: number): Promise<Buffer> {
  // One chunk where that is cheap; a declared size alone allocates no more than a mebibyte.
  const chunkSize = Math.min(Math.max(maxBytes + 1, 64), 1 << 20);
  const options = { chunkSize, maxOutputLength: Math.max(maxBytes, 1) };
  return maxBytes <= AT_ONCE_BYTES && data.length <= AT_ONCE_BYTES
    ? inflateRawSync(data, options)
    : inflateRawOnPool(data, options);
}
