import { LadingError } from '@lading/errors';
import type { TarHeader } from '@lading/tar';
import type { CatalogedFile, Cataloger, Fact } from '../catalogers/cataloger.ts';

/** A file of a layer that a test makes up, as catalogers get it. */
export function catalogedBytes(path: string, content: Uint8Array | string): CatalogedFile {
  const bytes =
    typeof content === 'string'
      ? Buffer.from(content)
      : Buffer.from(content.buffer, content.byteOffset, content.length);
  return {
    path,
    header: fileHeader(path, bytes.length),
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    whole: async (maxBytes = Number.POSITIVE_INFINITY) => {
      assertSize(path, bytes.length, maxBytes);
      return bytes;
    },
  };
}

/** What a cataloger says of a file that a test makes up; undefined when it does not want it. */
export async function catalogBytes(
  cataloger: Cataloger,
  path: string,
  content: Uint8Array | string,
): Promise<Fact[] | undefined> {
  const file = catalogedBytes(path, content);
  if (!cataloger.wants(file.header, await file.read(0, 64 << 10))) return undefined;
  const facts: Fact[] = [];
  for await (const fact of cataloger.read(file)) facts.push(fact);
  return facts;
}

/** The header that a file of no other interest has. */
export function fileHeader(path: string, size: number, mode: number = 0o644): TarHeader {
  return { path, type: 'file', mode, uid: 0, gid: 0, size, mtime: 0 };
}

/** Throws CONTENT_TOO_LARGE as every CatalogedFile does. */
export function assertSize(path: string, size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw new LadingError('CONTENT_TOO_LARGE', `Cannot read ${path}: it has ${size} bytes, at most ${maxBytes} are read`);
}
