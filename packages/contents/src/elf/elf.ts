import type { RandomAccess } from '../random-access.ts';

/** The tables of an executable or shared library. Numbers are as written: read through `readSection` and `readAddress`, which check them. */
export interface Elf {
  /** Empty where the file has no section table, as packed and some stripped executables have none. */
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  /** The content of the first section of a name: undefined when there is none, or when it is larger or does not lie in the file. */
  readSection(name: string, maxBytes: number): Promise<Buffer | undefined>;
  /** Up to `length` bytes from where an address in memory is in the file: fewer at the end of its segment, none outside of all. */
  readAddress(address: number, length: number): Promise<Buffer>;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  /** Bytes in the file; more may follow in memory. */
  readonly size: number;
}

export const PT_LOAD = 1;
export const PF_X = 1;
export const PF_W = 2;
const SHT_NOBITS = 8;

/** Real files have fewer than a hundred, or as many as they have functions; the rest is not looked at. */
const MAX_TABLE_BYTES = 4 << 20;
const MAX_NAMES_BYTES = 16 << 20;

/** Where fields are in the headers of 32 and of 64 bits. Source: System V gABI, chapters 4 and 5. */
const layouts = {
  32: {
    word: 4,
    phoff: 28,
    shoff: 32,
    phentsize: 42,
    program: { size: 32, flags: 24, offset: 4, address: 8, fileSize: 16 },
    section: { size: 40, address: 12, offset: 16, length: 20 },
  },
  64: {
    word: 8,
    phoff: 32,
    shoff: 40,
    phentsize: 54,
    program: { size: 56, flags: 4, offset: 8, address: 16, fileSize: 32 },
    section: { size: 64, address: 16, offset: 24, length: 32 },
  },
} as const;

/** Whether bytes begin as every ELF file does. */
export function isElf(start: Uint8Array): boolean {
  return start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46;
}

const opened = new WeakMap<RandomAccess, Promise<Elf | undefined>>();

/**
 * The tables of an ELF file of 32 or 64 bits in either byte order; undefined when the file is none, or is cut off so that its tables are not
 * there. Several readers of one source share them.
 */
export function openElf(source: RandomAccess): Promise<Elf | undefined> {
  let elf = opened.get(source);
  if (elf === undefined) {
    elf = readTables(source);
    opened.set(source, elf);
  }
  return elf;
}

async function readTables(source: RandomAccess): Promise<Elf | undefined> {
  const header = await source.read(0, 64);
  const bits = header[4] === 2 ? 64 : 32;
  if (!isElf(header) || header.length < (bits === 64 ? 64 : 52)) return undefined;
  const layout = layouts[bits];
  const { u16, u32, word } = readers(header[5] === 2, layout.word);

  const at = layout.phentsize;
  const programs = await table(source, word(header, layout.phoff), u16(header, at), u16(header, at + 2));
  const sectionOffset = word(header, layout.shoff);
  const sectionSize = u16(header, at + 4);
  let count = u16(header, at + 6);
  let namesIndex = u16(header, at + 8);
  if (sectionOffset !== 0 && (count === 0 || namesIndex === 0xffff)) {
    const [first] = await table(source, sectionOffset, sectionSize, 1);
    if (first === undefined || first.length < layout.section.size) return undefined;
    if (count === 0) count = word(first, layout.section.length);
    if (namesIndex === 0xffff) namesIndex = u32(first, layout.section.length + layout.word);
  }
  const headers = sectionOffset === 0 ? [] : await table(source, sectionOffset, sectionSize, count);
  if (programs.some(({ length }) => length < layout.program.size)) return undefined;
  if (headers.some(({ length }) => length < layout.section.size)) return undefined;

  const segments = programs.map((bytes) => ({
    type: u32(bytes, 0),
    flags: u32(bytes, layout.program.flags),
    address: word(bytes, layout.program.address),
    offset: word(bytes, layout.program.offset),
    size: word(bytes, layout.program.fileSize),
  }));
  const raw = headers.map((bytes) => ({
    nameOffset: u32(bytes, 0),
    type: u32(bytes, 4),
    address: word(bytes, layout.section.address),
    offset: word(bytes, layout.section.offset),
    size: word(bytes, layout.section.length),
  }));
  const namesOf = raw[namesIndex];
  const names =
    namesOf === undefined ? undefined : await readPart(source, namesOf.offset, namesOf.size, MAX_NAMES_BYTES);
  if (raw.length > 0 && names === undefined) return undefined;
  const sections = raw.map(({ nameOffset, ...section }) => ({ name: nameAt(names, nameOffset), ...section }));

  return {
    sections,
    segments,
    async readSection(name, maxBytes) {
      const section = sections.find((other) => other.name === name && other.type !== SHT_NOBITS);
      return section === undefined ? undefined : readPart(source, section.offset, section.size, maxBytes);
    },
    async readAddress(address, length) {
      const segment = segments.find(
        (other) => other.type === PT_LOAD && other.address <= address && address < other.address + other.size,
      );
      if (segment === undefined) return Buffer.alloc(0);
      const inside = address - segment.address;
      const offset = segment.offset + inside;
      if (offset >= source.size) return Buffer.alloc(0);
      return source.read(offset, Math.min(length, segment.size - inside));
    },
  };
}

interface Readers {
  u16(bytes: Buffer, at: number): number;
  u32(bytes: Buffer, at: number): number;
  /** 32 or 64 bits; what no number holds exactly lies in no file and is found out by whoever reads there. */
  word(bytes: Buffer, at: number): number;
}

function readers(bigEndian: boolean, wordBytes: 4 | 8): Readers {
  const u16 = (bytes: Buffer, at: number): number => (bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  const u32 = (bytes: Buffer, at: number): number => (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const u64 = (bytes: Buffer, at: number): number => {
    const [first, second] = [u32(bytes, at), u32(bytes, at + 4)];
    return bigEndian ? first * 0x100000000 + second : second * 0x100000000 + first;
  };
  return { u16, u32, word: wordBytes === 4 ? u32 : u64 };
}

/** The headers of a table; the last may be cut off, and those behind the end of the file are not there. */
async function table(source: RandomAccess, offset: number, size: number, count: number): Promise<Buffer[]> {
  if (size === 0 || count === 0 || offset >= source.size) return [];
  const bytes = await source.read(offset, Math.min(size * count, MAX_TABLE_BYTES - (MAX_TABLE_BYTES % size)));
  const headers: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) headers.push(bytes.subarray(at, at + size));
  return headers;
}

async function readPart(
  source: RandomAccess,
  offset: number,
  size: number,
  maxBytes: number,
): Promise<Buffer | undefined> {
  if (size > maxBytes || offset + size > source.size) return undefined;
  return source.read(offset, size);
}

/** Names end with a zero byte. Long ones are those of functions, which nobody asks for: they are cut. */
function nameAt(names: Buffer | undefined, offset: number): string {
  if (names === undefined || offset >= names.length) return '';
  const end = names.subarray(offset, offset + 64).indexOf(0);
  return names.toString('latin1', offset, end === -1 ? offset + 64 : offset + end);
}
