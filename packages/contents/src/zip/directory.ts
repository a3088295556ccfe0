import { LadingError } from '@lading/errors';
import { decodeName } from '@lading/tar';
import type { RandomAccess } from '../random-access.ts';

/** A member as the central directory describes it: nothing of it is to be trusted but that its numbers are in range. */
export interface ZipEntry {
  /** As written, `/`-separated; bytes that are not UTF-8 as `decodeName` of `@lading/tar` keeps them. Ends with `/` for a folder. */
  readonly name: string;
  /** 0 stored, 8 deflated; others cannot be read. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc32: number;
  readonly compressedSize: number;
  /** Bytes of content, as declared. */
  readonly size: number;
  /** Where its local header is in the source. */
  readonly offset: number;
  /** Where the next member's local header or the directory starts: its content ends before. */
  readonly limit: number;
}

export interface DirectoryLimits {
  /** Members; 500,000 unless told. */
  readonly maxEntries?: number | undefined;
  /** Bytes of the central directory; 64 MiB unless told. */
  readonly maxDirectoryBytes?: number | undefined;
}

/** APPNOTE 6.3.10 §4.3.16, §4.3.15, §4.3.14 and §4.3.12. */
const END = { signature: 0x06054b50, size: 22, comment: 0xffff };
const END64_LOCATOR = { signature: 0x07064b50, size: 20 };
const END64 = { signature: 0x06064b50, size: 56 };
const CENTRAL = { signature: 0x02014b50, size: 46 };

/** No file system takes a longer path. */
const MAX_NAME_BYTES = 4096;

/** The members of a zip file, in the order of its directory. Errors: ZIP_INVALID, CONTENT_TOO_LARGE. */
export async function readDirectory(source: RandomAccess, limits: DirectoryLimits): Promise<ZipEntry[]> {
  const { maxEntries = 500_000, maxDirectoryBytes = 64 << 20 } = limits;
  const end = await findEnd(source);
  if (end.entries > maxEntries) throw tooMany(`${end.entries} members`, limits);
  if (end.size > maxDirectoryBytes) throw tooMany(`a directory of ${end.size} bytes`, limits);
  const directory = await source.read(end.offset, end.size);
  if (directory.length < end.size) throw invalid('the file ends within its directory');
  const entries: Mutable<ZipEntry>[] = [];
  let at = 0;
  while (at + CENTRAL.size <= directory.length && directory.readUInt32LE(at) === CENTRAL.signature) {
    const { entry, length } = readEntry(directory, at, end.base);
    if (entry.offset >= end.offset) throw invalid('a member starts behind the members');
    if (entries.push(entry) > maxEntries) throw tooMany(`more than ${maxEntries} members`, limits);
    at += length;
  }
  // Writers without zip64 count from 0 again after 65,535.
  if (entries.length % 0x10000 !== end.entries % 0x10000)
    throw invalid(`its directory ends after ${entries.length} of ${end.entries} members`);
  setLimits(entries, end.offset);
  return entries;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

function readEntry(directory: Buffer, at: number, base: number): { entry: Mutable<ZipEntry>; length: number } {
  const flags = directory.readUInt16LE(at + 8);
  const nameLength = directory.readUInt16LE(at + 28);
  const extraLength = directory.readUInt16LE(at + 30);
  const length = CENTRAL.size + nameLength + extraLength + directory.readUInt16LE(at + 32);
  if (at + length > directory.length) throw invalid('its directory is cut off');
  if (nameLength > MAX_NAME_BYTES) throw invalid(`a member's name has ${nameLength} bytes`);
  const nameEnd = at + CENTRAL.size + nameLength;
  const entry = {
    name: decodeName(directory.subarray(at + CENTRAL.size, nameEnd)),
    method: directory.readUInt16LE(at + 10),
    encrypted: (flags & 1) !== 0,
    crc32: directory.readUInt32LE(at + 16),
    compressedSize: directory.readUInt32LE(at + 20),
    size: directory.readUInt32LE(at + 24),
    offset: directory.readUInt32LE(at + 42),
    limit: 0,
  };
  if (entry.size === 0xffffffff || entry.compressedSize === 0xffffffff || entry.offset === 0xffffffff)
    widen(entry, directory.subarray(nameEnd, nameEnd + extraLength));
  entry.offset += base;
  return { entry, length };
}

/** The numbers that do not fit 32 bits follow in an extra field, only those, in this order. APPNOTE §4.5.3. */
function widen(entry: Mutable<ZipEntry>, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1 && end <= extra.length) {
      let next = at + 4;
      for (const field of ['size', 'compressedSize', 'offset'] as const) {
        if (entry[field] !== 0xffffffff || next + 8 > end) continue;
        entry[field] = wide(extra, next);
        next += 8;
      }
      return;
    }
    at = end;
  }
}

/** Members lie one after another; where two claim the same bytes only the last does not reach into another. */
function setLimits(entries: readonly Mutable<ZipEntry>[], directoryOffset: number): void {
  let limit = directoryOffset;
  for (const entry of entries.toSorted((a, b) => b.offset - a.offset)) {
    entry.limit = limit;
    limit = entry.offset;
  }
}

interface End {
  readonly entries: number;
  /** Of the central directory: where it starts in the source, and its bytes. */
  readonly offset: number;
  readonly size: number;
  /** What the archive's own offsets count from: bytes may precede it, as the script of an executable jar does. */
  readonly base: number;
}

async function findEnd(source: RandomAccess): Promise<End> {
  const reach = END64_LOCATOR.size + END.size + END.comment;
  const tailOffset = Math.max(0, source.size - reach);
  const tail = await source.read(tailOffset, reach);
  let at = tail.length - END.size;
  while (at >= 0 && !isEnd(tail, at)) at--;
  if (at < 0) throw invalid('it has no end of directory');
  let entries = tail.readUInt16LE(at + 10);
  let size = tail.readUInt32LE(at + 12);
  let written = tail.readUInt32LE(at + 16);
  let end = tailOffset + at;
  if (entries === 0xffff || size === 0xffffffff || written === 0xffffffff) {
    const record = await findEnd64(source, tail, at, tailOffset);
    if (record !== undefined) ({ entries, size, written, end } = record);
  }
  const computed = end - size - written;
  if (computed < 0) throw invalid('its directory does not lie in the file');
  // Some writers put bytes between the directory and its end, or count from the file's start though bytes precede.
  const base = computed > 0 && (await startsEntry(source, written)) ? 0 : computed;
  return { entries, size, offset: written + base, base };
}

function isEnd(tail: Buffer, at: number): boolean {
  return tail.readUInt32LE(at) === END.signature && at + END.size + tail.readUInt16LE(at + 20) <= tail.length;
}

async function findEnd64(
  source: RandomAccess,
  tail: Buffer,
  endAt: number,
  tailOffset: number,
): Promise<{ entries: number; size: number; written: number; end: number } | undefined> {
  const locator = endAt - END64_LOCATOR.size;
  if (locator < 0 || tail.readUInt32LE(locator) !== END64_LOCATOR.signature) return undefined;
  // The second place is for an archive behind other bytes, which its own offsets do not count.
  for (const offset of [wide(tail, locator + 8), tailOffset + locator - END64.size]) {
    const record = await source.read(Math.min(Math.max(offset, 0), source.size), END64.size);
    if (record.length < END64.size || record.readUInt32LE(0) !== END64.signature) continue;
    return { entries: wide(record, 32), size: wide(record, 40), written: wide(record, 48), end: offset };
  }
  throw invalid('its zip64 end of directory is not where it should be');
}

async function startsEntry(source: RandomAccess, offset: number): Promise<boolean> {
  const start = await source.read(Math.min(offset, source.size), 4);
  return start.length === 4 && start.readUInt32LE(0) === CENTRAL.signature;
}

/** 64 bits; what no number holds exactly is no size or place in any file. */
function wide(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x100000000;
  if (!Number.isSafeInteger(value)) throw invalid('a size is out of range');
  return value;
}

function tooMany(what: string, limits: DirectoryLimits): LadingError {
  return new LadingError('CONTENT_TOO_LARGE', `Cannot read a zip file: it has ${what}, which is too much`, {
    details: { ...limits },
  });
}

export function invalid(why: string): LadingError {
  return new LadingError('ZIP_INVALID', `Cannot read a zip file: ${why}`);
}
