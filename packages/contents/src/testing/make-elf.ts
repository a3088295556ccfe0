export interface ElfParts {
  readonly bits?: 32 | 64 | undefined;
  readonly bigEndian?: boolean | undefined;
  /** Their content, by name; each is mapped into one segment of data. */
  readonly sections: Readonly<Record<string, Uint8Array>>;
  /** Leaves the table of sections out, as packers do; the segment stays. */
  readonly stripped?: boolean | undefined;
}

/** Where the segment of `makeElf` is in memory; the file's own offsets are these addresses less this. */
export const ELF_BASE = 0x400000;

/** An ELF file that holds nothing but headers and some sections. */
export function makeElf({ bits = 64, bigEndian = false, sections, stripped = false }: ElfParts): Buffer {
  const [headerSize, programSize, sectionSize] = bits === 64 ? [64, 56, 64] : [52, 32, 40];
  const half = (value: number): Buffer => number(value, 2, bigEndian);
  const u32 = (value: number): Buffer => number(value, 4, bigEndian);
  const word = (value: number): Buffer => number(value, bits / 8, bigEndian);

  const names = Buffer.from(['', ...Object.keys(sections), '.shstrtab', ''].join('\0'));
  const places: { name: string; offset: number; content: Buffer }[] = [];
  let end = headerSize + programSize;
  for (const [name, bytes] of [...Object.entries(sections), ['.shstrtab', names] as const]) {
    const offset = Math.ceil(end / 16) * 16;
    places.push({ name, offset, content: Buffer.from(bytes) });
    end = offset + bytes.length;
  }
  const tableOffset = stripped ? 0 : Math.ceil(end / 16) * 16;

  const file = Buffer.alloc(stripped ? end : tableOffset + (places.length + 1) * sectionSize);
  const put = (offset: number, ...parts: readonly Buffer[]): number => Buffer.concat(parts).copy(file, offset);
  const ident = Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, bigEndian ? 2 : 1, 1, ...Array(9).fill(0)]);
  const counts = [
    headerSize,
    programSize,
    1,
    sectionSize,
    stripped ? 0 : places.length + 1,
    stripped ? 0 : places.length,
  ];
  put(0, ident, half(2), half(62), u32(1), word(0), word(headerSize), word(tableOffset), u32(0), ...counts.map(half));
  const where = [word(0), word(ELF_BASE), word(ELF_BASE), word(end), word(end)];
  if (bits === 64) put(headerSize, u32(1), u32(6), ...where, word(16));
  else put(headerSize, u32(1), ...where, u32(6), word(16));
  for (const [index, { name, offset, content }] of places.entries()) {
    put(offset, content);
    if (stripped) continue;
    const header = [u32(names.indexOf(`\0${name}\0`) + 1), u32(1), word(0), word(ELF_BASE + offset), word(offset)];
    put(tableOffset + (index + 1) * sectionSize, ...header, word(content.length), u32(0), u32(0), word(16), word(0));
  }
  return file;
}

/** Where a section of `makeElf`'s is in memory, when it is the first of a file of 64 bits. */
export const FIRST_SECTION: number = ELF_BASE + 128;

function number(value: number, bytes: number, bigEndian: boolean): Buffer {
  const buffer = Buffer.alloc(bytes);
  const low = bytes === 8 ? 4 : 0;
  if (bytes === 2) bigEndian ? buffer.writeUInt16BE(value) : buffer.writeUInt16LE(value);
  else if (bigEndian) buffer.writeUInt32BE(value, low);
  else buffer.writeUInt32LE(value);
  return buffer;
}
