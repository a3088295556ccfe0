import type { Bytes, Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { isInstalled, withProgram } from './decompressor.ts';

/**
 * Decompresses bzip2 with the program of that name, or with lbzip2 or pbzip2. Throws BUILD_UNSUPPORTED when none is installed,
 * BYTES_CORRUPT, INTERRUPTED.
 */
export async function* unbzip2(
  bytes: Bytes,
  io: Io & { readonly programs?: readonly string[] | undefined } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const program of io.programs ?? ['bzip2', 'lbzip2', 'pbzip2']) {
    if (await isInstalled(program)) return yield* withProgram(bytes, program, corrupt, io);
  }
  throw new LadingError('BUILD_UNSUPPORTED', 'Cannot decompress bzip2 data: the program bzip2 is not installed', {
    hint: 'Install bzip2 on the machine that builds, or compress the archive with gzip, zstd or xz.',
  });
}

function corrupt(fault: string): LadingError {
  return new LadingError('BYTES_CORRUPT', `Cannot decompress bzip2 data: ${fault}`, {
    hint: 'The data is damaged or cut off.',
  });
}
