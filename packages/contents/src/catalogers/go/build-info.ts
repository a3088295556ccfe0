import { LadingError } from '@lading/errors';
import { type Elf, PF_W, PF_X, PT_LOAD } from '../../elf/elf.ts';

/** What the Go linker notes in an executable. */
export interface GoBuildInfo {
  /** `go1.22.3`, also `devel go1.23-…` or with the experiments that are on. */
  readonly goVersion: string;
  readonly main?: GoModule | undefined;
  readonly dependencies: readonly GoModule[];
  /** `-ldflags`, `vcs.revision`, `GOARCH`, … Since Go 1.18. */
  readonly settings: ReadonlyMap<string, string>;
}

export interface GoModule {
  readonly path: string;
  readonly version: string;
  readonly replacement?: { readonly path: string; readonly version: string } | undefined;
}

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const HEADER_BYTES = 32;
const ALIGNMENT = 16;
const SEARCH_BYTES = 1 << 20;
/** A line for each module; the largest programs have a thousand. */
const MAX_TEXT_BYTES = 4 << 20;
const NOTHING = Buffer.alloc(0);

/**
 * The build information of an executable; undefined when Go did not link it, or linked it before 1.13.
 * Errors: EXECUTABLE_INVALID when it is there and damaged. Source: Go, `debug/buildinfo` and `runtime/debug`.
 */
export async function readGoBuildInfo(elf: Elf): Promise<GoBuildInfo | undefined> {
  const address = await findMagic(elf);
  if (address === undefined) return undefined;
  const header = await elf.readAddress(address, HEADER_BYTES);
  if (header.length < HEADER_BYTES) throw damaged('its header is cut off');
  const inline = ((header[15] as number) & 2) !== 0;
  const [version, framed] = inline ? await readInline(elf, address + HEADER_BYTES) : await readPointers(elf, header);
  // Go reads such a file as one of another compiler: a program may have set its own version to nothing.
  if (version.length === 0) return undefined;
  return { goVersion: version.toString(), ...parseModules(unframe(framed)) };
}

/** The linker gives it a section of its own. Without a section table it is somewhere in the first segment that is data. */
async function findMagic(elf: Elf): Promise<number | undefined> {
  const place =
    elf.sections.length > 0
      ? elf.sections.find(({ name }) => name === '.go.buildinfo')
      : elf.segments.find(({ type, flags }) => type === PT_LOAD && (flags & (PF_X | PF_W)) === PF_W);
  if (place === undefined) return undefined;
  const first = Math.ceil(place.address / ALIGNMENT) * ALIGNMENT;
  const end = place.address + place.size;
  for (let start = first; start < end; start += SEARCH_BYTES) {
    const bytes = await elf.readAddress(start, Math.min(SEARCH_BYTES, end - start));
    if (bytes.length === 0) return undefined;
    for (let at = bytes.indexOf(MAGIC); at !== -1; at = bytes.indexOf(MAGIC, at + 1))
      if (at % ALIGNMENT === 0) return start + at;
  }
  return undefined;
}

/** Since Go 1.18: two strings behind the header, each after its length. */
async function readInline(elf: Elf, address: number): Promise<[Buffer, Buffer]> {
  const version = await readCounted(elf, address);
  const modules = await readCounted(elf, version.end);
  return [version.text, modules.text];
}

async function readCounted(elf: Elf, address: number): Promise<{ text: Buffer; end: number }> {
  const start = await elf.readAddress(address, 10);
  let length = 0;
  let at = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = start[at++];
    if (byte === undefined) throw damaged('a length is cut off');
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  return { text: await readText(elf, address + at, length), end: address + at + length };
}

/** Before Go 1.18: pointers to two strings, each a pointer and a length. */
async function readPointers(elf: Elf, header: Buffer): Promise<[Buffer, Buffer]> {
  const size = header[14];
  if (size !== 4 && size !== 8) throw damaged(`its pointers have ${size} bytes`);
  const bigEndian = ((header[15] as number) & 1) !== 0;
  const pointer = (bytes: Buffer, index: number): number => {
    const word = bytes.subarray(index * size, (index + 1) * size);
    if (word.length < size) throw damaged('a pointer is cut off');
    const value = size === 4 ? BigInt(bigEndian ? word.readUInt32BE() : word.readUInt32LE()) : undefined;
    return Number(value ?? (bigEndian ? word.readBigUInt64BE() : word.readBigUInt64LE()));
  };
  const text = async (index: number): Promise<Buffer> => {
    const address = pointer(header.subarray(16), index);
    if (address === 0) return NOTHING;
    const string = await elf.readAddress(address, 2 * size);
    return readText(elf, pointer(string, 0), pointer(string, 1));
  };
  return [await text(0), await text(1)];
}

async function readText(elf: Elf, address: number, length: number): Promise<Buffer> {
  if (length === 0) return NOTHING;
  if (length > MAX_TEXT_BYTES) throw damaged(`a text of ${length} bytes is announced`);
  const bytes = await elf.readAddress(address, length);
  if (bytes.length < length) throw damaged('a text is cut off');
  return bytes;
}

/** The modules' text lies between two marks of 16 bytes, by which it is also found in memory. */
function unframe(framed: Buffer): string {
  const lines = framed.subarray(16, -16);
  return lines.at(-1) === 0x0a ? lines.toString() : '';
}

function parseModules(text: string): Omit<GoBuildInfo, 'goVersion'> {
  let main: GoModule | undefined;
  const dependencies: GoModule[] = [];
  const settings = new Map<string, string>();
  let replace: ((replacement: GoModule) => void) | undefined;
  for (const line of text.split('\n')) {
    const [kind, path = '', version = ''] = line.split('\t');
    if (kind === 'mod') {
      main = { path, version };
      replace = (replacement) => {
        main = { path, version, replacement };
      };
    } else if (kind === 'dep') {
      const index = dependencies.push({ path, version }) - 1;
      replace = (replacement) => {
        dependencies[index] = { path, version, replacement };
      };
    } else if (kind === '=>') {
      replace?.({ path, version });
      replace = undefined;
    } else if (kind === 'build') {
      const [, key = '', value = ''] = /^("(?:[^"\\]|\\.)*"|[^=]*)=(.*)$/s.exec(line.slice('build\t'.length)) ?? [];
      settings.set(unquote(key), unquote(value));
    }
  }
  return { main, dependencies, settings };
}

/** Go quotes what has spaces, quotes or line ends, in a way of which JSON reads what build settings have. */
function unquote(text: string): string {
  if (text.startsWith('`') && text.endsWith('`')) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

function damaged(why: string): LadingError {
  return new LadingError('EXECUTABLE_INVALID', `Cannot read what Go noted in an executable: ${why}`);
}
