import type { Gunzip, ZstdDecompress } from 'node:zlib';
import type { Bytes } from '../bytes.ts';
import { corrupt } from './corrupt.ts';

/**
 * Feeds bytes through a decoder of node:zlib and gives what comes out; holds one chunk on either side.
 * Errors of the source pass through, those of the decoder become BYTES_CORRUPT. What follows the last member may be zeros.
 */
export async function* runDecoder(
  bytes: Bytes,
  decoder: Gunzip | ZstdDecompress,
  format: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let release: (() => void) | undefined;
  let failure: { readonly error: unknown } | undefined;
  // A destroyed decoder forgets the callback of a write it has not finished.
  decoder.once('close', () => release?.());
  // The reading loop below reports it; this only keeps it from being thrown when that loop is not running.
  decoder.on('error', () => {});

  // Resolves when the decoder needs the chunk no more.
  const write = (chunk: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      release = resolve;
      decoder.write(chunk, () => resolve());
    });

  const feed = async (): Promise<void> => {
    let fed = 0;
    let padding = false;
    try {
      for await (const chunk of bytes) {
        if (decoder.destroyed) return;
        if (chunk.byteLength === 0) continue;
        if (padding) {
          checkPadding(chunk, format);
          continue;
        }
        fed += chunk.byteLength;
        await write(chunk);
        // Bytes the decoder left alone follow the end of a member. Writing more to it then would be an error of ours.
        const left = fed - decoder.bytesWritten;
        if (decoder.destroyed || left === 0) continue;
        checkPadding(chunk.subarray(chunk.byteLength - left), format);
        padding = true;
      }
      if (!padding) decoder.end();
    } catch (error) {
      failure = { error };
      decoder.destroy();
    }
  };

  const feeding = feed();
  try {
    for await (const chunk of decoder) yield chunk as Uint8Array;
    await feeding;
  } catch (error) {
    failure ??= { error: corrupt(format, reasonOf(error), error) };
  } finally {
    decoder.destroy();
    await feeding;
  }
  if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
}

function checkPadding(rest: Uint8Array, format: string): void {
  if (rest.some((byte) => byte !== 0)) throw corrupt(format, 'something else follows its end');
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return 'it is cut off';
  return message === undefined || message === '' ? 'it is damaged' : message.toLowerCase();
}
