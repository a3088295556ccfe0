import { type Bytes, decompress, type Io, tap } from '@lading/bytes';
import { LadingError } from '@lading/errors';

/** An archive of an image is mostly layers, which are compressed already: more than this is made to fill a disk. */
const maxRatio = 100;
/** Small archives may be mostly zeros. */
const freeBytes = 1 << 30;

/** The bytes of an archive that may be compressed. Throws BYTES_CORRUPT, and BYTES_LIMIT for one that unpacks to far more than it is. */
export async function* decompressed(
  bytes: Bytes,
  { where, signal }: Io & { readonly where: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  let packed = 0;
  let unpacked = 0;
  const counted = tap(bytes, (chunk) => {
    packed += chunk.length;
  });
  for await (const chunk of decompress(counted, { signal })) {
    unpacked += chunk.length;
    if (unpacked > freeBytes && unpacked > packed * maxRatio) {
      throw new LadingError(
        'BYTES_LIMIT',
        `Cannot open archive ${where}: it unpacks to more than ${maxRatio} times its size`,
        {
          hint: 'It was made to fill the disk. If it was not, decompress it with another program first.',
          details: { packed, unpacked },
        },
      );
    }
    yield chunk;
  }
}
