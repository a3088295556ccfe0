import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Up to this size a file is read in one go: for a context of many small files that is several times quicker than a stream each. */
export const smallFileBytes: number = 128 << 10;

/** A small file, and what it was when it was opened. */
export interface SmallFile {
  readonly content: Buffer;
  readonly stats: Stats;
}

/**
 * A small regular file; undefined when it is not one any more. Never follows a link at its end and never waits for a pipe, whatever
 * the path has become since it was looked at. Throws what the file system says.
 */
export function readSmallFile(path: string | Buffer): SmallFile | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > smallFileBytes) return undefined;
    const buffer = Buffer.allocUnsafe(stats.size);
    let filled = 0;
    while (filled < buffer.length) {
      const count = readSync(file, buffer, filled, buffer.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return { content: buffer.subarray(0, filled), stats };
  } finally {
    closeSync(file);
  }
}
