import { LadingError } from '@lading/errors';
import type { Bytes, Io } from './bytes.ts';
import { detectCompression, SNIFF_BYTES } from './detect-compression.ts';
import { gunzip } from './gunzip.ts';
import { unzstd } from './unzstd.ts';
import { withSignal } from './with-signal.ts';

/**
 * The content of bytes that may be compressed, told by their first bytes: gzip and zstd are decompressed, anything that is
 * not known as compressed passes as it is.
 *
 * Errors: BYTES_CORRUPT, also for xz and bzip2, which are not supported; INTERRUPTED.
 */
export async function* decompress(bytes: Bytes, io: Io = {}): AsyncGenerator<Uint8Array, void, undefined> {
  const source = withSignal(bytes, io.signal)[Symbol.asyncIterator]();
  let ended = false;
  try {
    let first: Uint8Array = new Uint8Array();
    while (first.byteLength < SNIFF_BYTES) {
      const next = await source.next();
      if (next.done) {
        ended = true;
        break;
      }
      // Only short chunks are copied: the usual first one is handed on before the next is asked for.
      first = first.byteLength === 0 && next.value.byteLength >= SNIFF_BYTES ? next.value : joined(first, next.value);
    }
    const compression = detectCompression(first);
    const whole = resumed(first, ended ? undefined : source);
    switch (compression) {
      case 'none':
        yield* whole;
        break;
      case 'gzip':
        yield* gunzip(whole, io);
        break;
      case 'zstd':
        yield* unzstd(whole, io);
        break;
      default:
        throw new LadingError('BYTES_CORRUPT', `Cannot decompress ${compression} data: it is not supported`, {
          hint: 'Decompress it with a program first, or compress it again with gzip or zstd.',
          details: { compression },
        });
    }
    ended = true;
  } finally {
    if (!ended) await source.return?.();
  }
}

async function* resumed(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (first.byteLength > 0) yield first;
  while (rest !== undefined) {
    const next = await rest.next();
    if (next.done) return;
    yield next.value;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}
