/** How the bytes of a file are to be read. */
export type FileKind = 'text' | 'utf-16le' | 'utf-16be' | 'binary' | 'packed';

/** What begins so is compressed, or a picture, a sound, a font: no text is in it. */
const packed: readonly (readonly number[])[] = [
  [0x1f, 0x8b], // gzip
  [0x28, 0xb5, 0x2f, 0xfd], // zstd
  [0xfd, 0x37, 0x7a, 0x58, 0x5a], // xz
  [0x42, 0x5a, 0x68], // bzip2
  [0x50, 0x4b, 0x03, 0x04], // zip
  [0x37, 0x7a, 0xbc, 0xaf], // 7z
  [0x89, 0x50, 0x4e, 0x47], // PNG
  [0xff, 0xd8, 0xff], // JPEG
  [0x47, 0x49, 0x46, 0x38], // GIF
  [0x52, 0x49, 0x46, 0x46], // WebP, WAV
  [0x77, 0x4f, 0x46], // WOFF
  [0x00, 0x01, 0x00, 0x00], // TrueType
  [0x00, 0x61, 0x73, 0x6d], // WebAssembly
];

/** Text is what has no zero byte at its beginning, as grep and git see it. */
export function fileKind(start: Uint8Array): FileKind {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  if (packed.some((magic) => magic.every((byte, index) => start[index] === byte))) return 'packed';
  const zero = start.indexOf(0);
  return zero === -1 || zero >= 8192 ? 'text' : 'binary';
}
