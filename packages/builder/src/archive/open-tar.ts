import { type Bytes, detectCompression, gunzip, type Io, SNIFF_BYTES, unzstd, withSignal } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { peek } from '../internal/peek.ts';
import { unbzip2 } from '../internal/unbzip2.ts';
import { unxz } from '../internal/unxz.ts';
import type { ArchiveMeter } from './limits.ts';

const blockBytes = 512;

export type OpenedBytes =
  /** What is left of the archive after decompression. */
  | { readonly kind: 'tar'; readonly tar: Bytes; readonly release: () => Promise<void> }
  /** Not compressed, and no tar: the bytes as they came, and how they begin. */
  | { readonly kind: 'plain'; readonly bytes: Bytes; readonly first: Buffer; readonly release: () => Promise<void> }
  /** Compressed, and no tar; nothing is left to be read. */
  | { readonly kind: 'packed' };

/**
 * Opens what may be a tar, told by the content and not by a name: plain, gzip, bzip2, xz and zstd. The meter bounds what comes out of it. Read what
 * was opened to its end, or release it.
 * Throws BUILD_UNSUPPORTED where bzip2 is not installed; damage shows when the tar is read.
 */
export async function openTar(bytes: Bytes, meter: ArchiveMeter, io: Io): Promise<OpenedBytes> {
  const packed = await peek(meter.packed(withSignal(bytes, io.signal)), blockBytes);
  const compression = detectCompression(packed.first.subarray(0, SNIFF_BYTES));
  if (compression === 'none') {
    const { first, whole, release } = packed;
    if (isTarBlock(first)) return { kind: 'tar', tar: meter.unpacked(whole), release };
    return { kind: 'plain', bytes: whole, first, release };
  }
  const decoders = { gzip: gunzip, zstd: unzstd, xz: unxz, bzip2: unbzip2 } as const;
  try {
    const unpacked = await peek(meter.unpacked(decoders[compression](packed.whole, io)), blockBytes);
    if (isTarBlock(unpacked.first)) return { kind: 'tar', tar: unpacked.whole, release: unpacked.release };
    await unpacked.release();
    return { kind: 'packed' };
  } catch (error) {
    await packed.release();
    if (isLadingError(error, 'BYTES_CORRUPT')) return { kind: 'packed' };
    throw error;
  }
}

/** Whether a block has the checksum of a tar header, which also the oldest dialects have. POSIX pax §ustar Interchange Format. */
function isTarBlock(block: Buffer): boolean {
  if (block.length < blockBytes) return false;
  const [at, length] = [148, 8];
  const stated = /^[\0 ]*([0-7]+)[\0 ]*$/.exec(block.toString('latin1', at, at + length))?.[1];
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= at && index < at + length ? 0x20 : byte;
  return stated !== undefined && Number.parseInt(stated, 8) === sum;
}
