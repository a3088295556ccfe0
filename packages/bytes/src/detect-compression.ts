/** How a stream is compressed, as far as its first bytes tell; `none` is anything else. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** How many first bytes `detectCompression` wants; fewer are fine when there are no more. */
export const SNIFF_BYTES = 10;

const BZIP2_BLOCK = '314159265359';
const BZIP2_END = '177245385090';

/** Recognises compression by its magic number. */
export function detectCompression(first: Uint8Array): Compression {
  const hex = Buffer.from(first.subarray(0, SNIFF_BYTES)).toString('hex');
  if (hex.startsWith('1f8b08')) return 'gzip';
  if (hex.startsWith('28b52ffd')) return 'zstd';
  // A skippable frame (RFC 8878 §3.1.2), with which some writers begin.
  if (/^5[0-9a-f]2a4d18/.test(hex)) return 'zstd';
  if (hex.startsWith('fd377a585a00')) return 'xz';
  // "BZh1" to "BZh9", then a block or the end: the four letters alone might begin a file name in a tar.
  if (/^425a683[1-9]/.test(hex) && [BZIP2_BLOCK, BZIP2_END].includes(hex.slice(8))) return 'bzip2';
  return 'none';
}
