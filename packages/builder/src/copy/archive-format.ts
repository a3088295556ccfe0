import { type Bytes, decompress, detectCompression, type Io } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import type { FileSource, SourceFile } from '../file-source.ts';
import { unxz } from '../internal/unxz.ts';

const blockBytes = 512;

/**
 * How the tar in a file is read, told by the content and not by the name; undefined when there is none: then ADD copies the file as
 * it is, as COPY does. Plain, gzip, zstd and xz. Throws BUILD_UNSUPPORTED for bzip2.
 */
export async function archiveReader(
  source: FileSource,
  file: SourceFile,
  io: Io,
): Promise<((content: Bytes) => Bytes) | undefined> {
  if (file.type !== 'file' || file.size === 0) return undefined;
  const compression = detectCompression(await start(source, file, (content) => content, io));
  if (compression === 'bzip2') {
    throw new LadingError('BUILD_UNSUPPORTED', `Cannot unpack ${file.path}: bzip2 is not supported`, {
      hint: 'Compress it with gzip, zstd or xz; or copy it as it is with COPY or ADD --unpack=false.',
    });
  }
  const reader =
    compression === 'xz' ? (content: Bytes) => unxz(content, io) : (content: Bytes) => decompress(content, io);
  try {
    return isTar(await start(source, file, reader, io)) ? reader : undefined;
  } catch (error) {
    if (isLadingError(error, 'BYTES_CORRUPT')) return undefined;
    throw error;
  }
}

/** The first block of a file after a transformation, or as much as there is. */
async function start(
  source: FileSource,
  file: SourceFile,
  transform: (content: Bytes) => Bytes,
  io: Io,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const [, content] of source.read([file], io)) {
    for await (const chunk of transform(content)) {
      chunks.push(Buffer.from(chunk.subarray(0, blockBytes)));
      size += chunk.length;
      if (size >= blockBytes) break;
    }
  }
  return Buffer.concat(chunks).subarray(0, blockBytes);
}

/** Whether a block has the checksum of a tar header, which also the oldest dialects have. POSIX pax §ustar Interchange Format. */
function isTar(block: Buffer): boolean {
  if (block.length < blockBytes) return false;
  const [at, length] = [148, 8];
  const stated = /^[\0 ]*([0-7]+)[\0 ]*$/.exec(block.toString('latin1', at, at + length))?.[1];
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= at && index < at + length ? 0x20 : byte;
  return stated !== undefined && Number.parseInt(stated, 8) === sum;
}
