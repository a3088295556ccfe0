import { LadingError } from '@lading/errors';
import type { TarHeader } from '@lading/tar';
import type { CatalogedFile } from '../catalogers/cataloger.ts';

/** Takes the content of one file as it streams by, to be read in any order afterwards. */
export interface KeptContent {
  write(chunk: Uint8Array): Promise<void>;
  file(): CatalogedFile;
}

/** Memory for the content of one file after another: it is used again, as the system takes longer to give than to fill it. */
export class HeldContent {
  #memory: Buffer = Buffer.alloc(0);

  /** Takes the content of a file, and gives up that of the one before. */
  begin(header: TarHeader, signal: AbortSignal | undefined): KeptContent {
    if (this.#memory.length < header.size) this.#memory = Buffer.allocUnsafeSlow(header.size);
    const memory = this.#memory;
    let size = 0;
    return {
      write: async (chunk) => {
        memory.set(chunk, size);
        size += chunk.length;
      },
      file: () => heldFile(header, memory.subarray(0, size), signal),
    };
  }
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
