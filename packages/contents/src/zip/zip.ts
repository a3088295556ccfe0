import { crc32 } from 'node:zlib';
import { LadingError } from '@lading/errors';
import { inMemory, part, type RandomAccess, windowed } from '../random-access.ts';
import { type DirectoryLimits, invalid, readDirectory, type ZipEntry } from './directory.ts';
import { inflateRaw } from './inflate.ts';

/** A zip file whose directory was read. Members are read when they are asked for. */
export interface Zip {
  /** In the order of the directory. Names may repeat; nothing says that they are safe to be paths. */
  entries(): readonly ZipEntry[];
  /**
   * The content of a member. Never holds more than `maxBytes` of it, whatever sizes are declared.
   * Errors: CONTENT_TOO_LARGE when it is larger, ZIP_UNSUPPORTED when it is encrypted or compressed in another way than deflate, ZIP_INVALID when
   * it is damaged or shares bytes with another member. The other members can be read nevertheless.
   */
  read(entry: ZipEntry, options: { readonly maxBytes: number }): Promise<Buffer>;
  /**
   * The content of a member in any order, for an archive in the archive: a stored one is read where it lies, without a look at its
   * checksum, and `maxBytes` does not concern it. Else as `read`.
   */
  open(entry: ZipEntry, options: { readonly maxBytes: number }): Promise<RandomAccess>;
}

const LOCAL = { signature: 0x04034b50, size: 30 };
const STORED = 0;
const DEFLATED = 8;

/**
 * Opens a zip file: classic or zip64, also with bytes in front of it. Nothing is taken from local headers but where content starts.
 * Errors: ZIP_INVALID, CONTENT_TOO_LARGE. Source: PKWARE APPNOTE 6.3.10.
 */
export async function openZip(source: RandomAccess, limits: DirectoryLimits = {}): Promise<Zip> {
  const entries = await readDirectory(source, limits);
  const near = windowed(source);

  /** Where a member's content is: the local header's own lengths tell, and may differ from the directory's. */
  async function locate(entry: ZipEntry): Promise<number> {
    if (entry.encrypted || (entry.method !== STORED && entry.method !== DEFLATED))
      throw new LadingError('ZIP_UNSUPPORTED', `Cannot read ${name(entry)}: it is ${unsupported(entry)}`);
    const header = await near.read(entry.offset, LOCAL.size);
    if (header.length < LOCAL.size || header.readUInt32LE(0) !== LOCAL.signature)
      throw invalid(`${name(entry)} is not where the directory says`);
    const start = entry.offset + LOCAL.size + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (start + entry.compressedSize > entry.limit) throw invalid(`${name(entry)} shares bytes with another member`);
    if (entry.method === STORED && entry.compressedSize !== entry.size) throw invalid(`${name(entry)} has two sizes`);
    return start;
  }

  async function read(entry: ZipEntry, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    if (entry.size > maxBytes || entry.compressedSize > 2 * maxBytes + 1024) throw tooLarge(entry, maxBytes);
    const start = await locate(entry);
    const stored = await near.read(start, entry.compressedSize);
    const content = entry.method === STORED ? stored : await inflate(entry, stored);
    if (content.length !== entry.size || crc32(content) !== entry.crc32) throw invalid(`${name(entry)} is damaged`);
    return content;
  }

  async function open(entry: ZipEntry, options: { readonly maxBytes: number }): Promise<RandomAccess> {
    if (entry.method !== STORED) return inMemory(await read(entry, options));
    return part(source, await locate(entry), entry.compressedSize);
  }

  return { entries: () => entries, read, open };
}

/** Inflates no more than is declared: what is declared was compared with the caller's bound before. */
async function inflate(entry: ZipEntry, stored: Buffer): Promise<Buffer> {
  try {
    return await inflateRaw(stored, entry.size);
  } catch (cause) {
    throw new LadingError('ZIP_INVALID', `Cannot read a zip file: ${name(entry)} is damaged`, { cause });
  }
}

function tooLarge(entry: ZipEntry, maxBytes: number): LadingError {
  return new LadingError('CONTENT_TOO_LARGE', `Cannot read ${name(entry)}: it has more than ${maxBytes} bytes`, {
    details: { maxBytes, size: entry.size, compressedSize: entry.compressedSize },
  });
}

function unsupported(entry: ZipEntry): string {
  return entry.encrypted ? 'encrypted' : `compressed by method ${entry.method}`;
}

function name(entry: ZipEntry): string {
  return `member ${entry.name}`;
}
