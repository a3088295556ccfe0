import { LadingError } from '@lading/errors';
import type { TarHeader } from '@lading/tar';
import type { CatalogedFile } from '../catalogers/cataloger.ts';

/** Takes the content of one file as it streams by, to be read in any order afterwards. */
export interface KeptContent {
  write(chunk: Uint8Array): Promise<void>;
  file(): CatalogedFile;
}

/** Keeps it in memory. */
export function holdContent(header: TarHeader, signal: AbortSignal | undefined): KeptContent {
  const content = Buffer.allocUnsafeSlow(header.size);
  let size = 0;
  return {
    write: async (chunk) => {
      content.set(chunk, size);
      size += chunk.length;
    },
    file: () => heldFile(header, content.subarray(0, size), signal),
  };
}

/** A file whose content is in memory. */
export function heldFile(header: TarHeader, content: Buffer, signal: AbortSignal | undefined): CatalogedFile {
  return fileOf(header, content.length, signal, async (offset, length) => content.subarray(offset, offset + length));
}

/** Whoever needs more says so. */
const defaultWholeBytes = 64 << 20;

/** A file whose content `read` knows. */
export function fileOf(
  header: TarHeader,
  size: number,
  signal: AbortSignal | undefined,
  read: CatalogedFile['read'],
): CatalogedFile {
  const { path } = header;
  return {
    path,
    header,
    size,
    read,
    whole: async (maxBytes = defaultWholeBytes) => {
      if (size <= maxBytes) return read(0, size);
      throw new LadingError(
        'CONTENT_TOO_LARGE',
        `Cannot read ${path}: it has ${size} bytes, at most ${maxBytes} are read`,
      );
    },
    signal,
  };
}
