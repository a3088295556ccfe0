import type { Io } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';
import type { TarEntryInput } from './entry.ts';
import { BLOCK } from './internal/block-reader.ts';
import { formatHeader } from './internal/format-header.ts';

const CHUNK = 256 << 10;
/** Pieces from this size on are passed on as they are; smaller ones are gathered. */
const PASS = 64 << 10;

/**
 * An uncompressed tar archive in one fixed dialect, so that equal entries always give equal bytes:
 *
 * - ustar headers; a PAX header, with sorted keys and only the records needed, where ustar has no room: names that are not ASCII or
 *   do not fit name and prefix, targets that are not ASCII or longer than 100 bytes, sizes from 8 GiB, ids from 2^21,
 *   times before 1970, extended attributes (`SCHILY.xattr.*`). Names that are not UTF-8 add `hdrcharset=BINARY`;
 * - no user or group names, times in whole seconds (rounded down), no access or change times, one name for all PAX headers;
 * - directories end with `/`, the root is `./`; two zero blocks at the end and no padding to a record.
 *
 * The order is the caller's: `compareNames` for layers. Content is passed on without a copy where its chunks are large.
 * Throws TAR_UNSUPPORTED for what tar cannot hold, TAR_UNSAFE for paths that are not normalised, SIZE_MISMATCH when content
 * is longer or shorter than `size`, and whatever the content throws.
 */
export async function* writeTar(
  entries: AsyncIterable<TarEntryInput> | Iterable<TarEntryInput>,
  io: Io = {},
): AsyncGenerator<Uint8Array, void, void> {
  let chunk = Buffer.allocUnsafeSlow(CHUNK);
  let used = 0;
  for await (const entry of entries) {
    throwIfAborted(io.signal);
    const size = entry.type === 'file' ? entry.size : 0;
    const header = formatHeader(size === entry.size ? entry : { ...entry, size });
    let rest: Uint8Array = header;
    for (;;) {
      const part = rest.subarray(0, CHUNK - used);
      chunk.set(part, used);
      used += part.length;
      rest = rest.subarray(part.length);
      if (used < CHUNK) break;
      yield chunk;
      chunk = Buffer.allocUnsafeSlow(CHUNK);
      used = 0;
    }
    let got = 0;
    if (size > 0 && entry.content === undefined) throw mismatch(entry, 'there is none');
    if (entry.content !== undefined && entry.type === 'file') {
      for await (const piece of entry.content) {
        throwIfAborted(io.signal);
        got += piece.length;
        if (got > size) throw mismatch(entry, 'there is more');
        if (piece.length >= PASS) {
          if (used > 0) {
            yield chunk.subarray(0, used);
            chunk = Buffer.allocUnsafeSlow(CHUNK);
            used = 0;
          }
          yield piece;
          continue;
        }
        let at = 0;
        while (at < piece.length) {
          const part = piece.subarray(at, at + CHUNK - used);
          chunk.set(part, used);
          used += part.length;
          at += part.length;
          if (used === CHUNK) {
            yield chunk;
            chunk = Buffer.allocUnsafeSlow(CHUNK);
            used = 0;
          }
        }
      }
    }
    if (got < size) throw mismatch(entry, `there are ${got}`);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (used + padding > CHUNK) {
      yield chunk.subarray(0, used);
      chunk = Buffer.allocUnsafeSlow(CHUNK);
      used = 0;
    }
    chunk.fill(0, used, used + padding);
    used += padding;
  }
  throwIfAborted(io.signal);
  if (used > 0) yield chunk.subarray(0, used);
  yield new Uint8Array(2 * BLOCK);
}

function mismatch(entry: TarEntryInput, found: string): LadingError {
  return new LadingError(
    'SIZE_MISMATCH',
    `Cannot write tar entry ${JSON.stringify(entry.path)}: its header says ${entry.size} bytes of content, but ${found}`,
    { hint: 'The file changed while it was being read; try again.', details: { path: entry.path, size: entry.size } },
  );
}
