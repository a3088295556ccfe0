import { decodeName } from '../names.ts';
import { parsePaxRecords } from './pax-records.ts';
import { problem } from './problem.ts';

/** What extension headers say about the entry that follows. Each member overrides the plain header. */
export interface Extensions {
  readonly path: string | undefined;
  readonly linkPath: string | undefined;
  readonly size: number | undefined;
  readonly mtime: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly userName: string | undefined;
  readonly groupName: string | undefined;
  readonly xattrs: ReadonlyMap<string, Uint8Array> | undefined;
  readonly sparse: PaxSparse | undefined;
}

export interface PaxSparse {
  /** PAX 1.0 keeps its map in front of the content. */
  readonly mapInContent: boolean;
  readonly realSize: number;
  readonly numbers: readonly number[];
}

const SCHILY_XATTR = 'SCHILY.xattr.';
const LIBARCHIVE_XATTR = 'LIBARCHIVE.xattr.';
const EMPTY: ReadonlyMap<string, Uint8Array> = new Map();

/** Collects PAX and GNU extension headers until the entry they describe. Global PAX records stay for the whole archive. */
export class ExtensionCollector {
  readonly #global: Map<string, Uint8Array> = new Map();
  #local: Map<string, Uint8Array> | undefined;
  #sparseNumbers: number[] = [];
  #longName: string | undefined;
  #longLink: string | undefined;

  /** True while headers have been read that still lack their entry. */
  get pending(): boolean {
    return this.#local !== undefined || this.#longName !== undefined || this.#longLink !== undefined;
  }

  addLongName(data: Uint8Array): void {
    this.#longName = untilNul(data);
  }

  addLongLink(data: Uint8Array): void {
    this.#longLink = untilNul(data);
  }

  addLocal(data: Uint8Array, offset: number): void {
    this.#local ??= new Map();
    for (const { key, value } of records(data, offset)) {
      // PAX 0.0 repeats these two keys, the only ones whose order matters.
      if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
        const expected = this.#sparseNumbers.length % 2 === 0 ? 'GNU.sparse.offset' : 'GNU.sparse.numbytes';
        if (key !== expected) throw problem('TAR_INVALID', '', offset, 'its sparse map is not in pairs');
        this.#sparseNumbers.push(integer(value, key, offset));
      } else {
        this.#local.set(key, value);
      }
    }
  }

  /** Returns how many bytes the global records hold now. */
  addGlobal(data: Uint8Array, offset: number): number {
    for (const { key, value } of records(data, offset)) {
      if (value.length === 0) this.#global.delete(key);
      else this.#global.set(key, value);
    }
    let bytes = 0;
    for (const [key, value] of this.#global) bytes += key.length + value.length;
    return bytes;
  }

  /** What applies to the next entry; forgets everything that was local. Undefined when nothing does. */
  finish(offset: number): Extensions | undefined {
    if (!this.pending && this.#global.size === 0) return undefined;
    const local = this.#local ?? EMPTY;
    const get = (key: string): Uint8Array | undefined => {
      const value = local.get(key) ?? this.#global.get(key);
      return value === undefined || value.length === 0 ? undefined : value;
    };
    const number = (key: string): number | undefined => {
      const value = get(key);
      return value === undefined ? undefined : integer(value, key, offset);
    };
    const text = (key: string): string | undefined => {
      const value = get(key);
      return value === undefined ? undefined : name(value, key, offset);
    };
    const mtime = get('mtime');
    const result: Extensions = {
      path: text('GNU.sparse.name') ?? text('path') ?? this.#longName,
      linkPath: text('linkpath') ?? this.#longLink,
      size: number('size'),
      mtime: mtime === undefined ? undefined : time(mtime, offset),
      uid: number('uid'),
      gid: number('gid'),
      userName: text('uname'),
      groupName: text('gname'),
      xattrs: readXattrs(this.#global, local),
      sparse: this.#sparse(number, get, offset),
    };
    this.#local = undefined;
    this.#sparseNumbers = [];
    this.#longName = undefined;
    this.#longLink = undefined;
    return result;
  }

  #sparse(
    number: (key: string) => number | undefined,
    get: (key: string) => Uint8Array | undefined,
    offset: number,
  ): PaxSparse | undefined {
    if (number('GNU.sparse.major') === 1 && (number('GNU.sparse.minor') ?? 0) === 0) {
      const realSize = number('GNU.sparse.realsize') ?? number('GNU.sparse.size');
      if (realSize === undefined) throw problem('TAR_INVALID', '', offset, 'its sparse header has no real size');
      return { mapInContent: true, realSize, numbers: [] };
    }
    const realSize = number('GNU.sparse.size') ?? number('GNU.sparse.realsize');
    const map = get('GNU.sparse.map');
    if (realSize === undefined || (map === undefined && number('GNU.sparse.numblocks') === undefined)) return undefined;
    const numbers =
      map === undefined
        ? this.#sparseNumbers
        : Buffer.from(map)
            .toString('latin1')
            .split(',')
            .map((part) => integer(Buffer.from(part), 'GNU.sparse.map', offset));
    if (numbers.length % 2 !== 0) throw problem('TAR_INVALID', '', offset, 'its sparse map is not in pairs');
    return { mapInContent: false, realSize, numbers };
  }
}

function records(data: Uint8Array, offset: number): ReturnType<typeof parsePaxRecords> {
  try {
    return parsePaxRecords(data);
  } catch (error) {
    throw problem('TAR_INVALID', '', offset, `its PAX header is damaged: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Cannot read PAX header: /, '') : String(error);
}

function untilNul(data: Uint8Array): string {
  const nul = data.indexOf(0);
  return decodeName(nul === -1 ? data : data.subarray(0, nul));
}

function name(value: Uint8Array, key: string, offset: number): string {
  if (value.includes(0)) throw problem('TAR_INVALID', '', offset, `its PAX record ${key} has a NUL`);
  return decodeName(value);
}

function integer(value: Uint8Array, key: string, offset: number): number {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw problem('TAR_INVALID', '', offset, `its PAX record ${key} is not a number in range`);
}

function time(value: Uint8Array, offset: number): number {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  if (/^-?\d{1,16}(\.\d{0,32})?$/.test(text)) return Number(text);
  throw problem('TAR_INVALID', '', offset, 'its PAX record mtime is not a time');
}

function readXattrs(
  global: ReadonlyMap<string, Uint8Array>,
  local: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, Uint8Array> | undefined {
  const xattrs = new Map<string, Uint8Array>();
  for (const records of [global, local]) {
    for (const [key, value] of records) {
      // Star's raw form wins over libarchive's, which accompanies it.
      if (key.startsWith(SCHILY_XATTR)) {
        xattrs.set(key.slice(SCHILY_XATTR.length), value);
      } else if (key.startsWith(LIBARCHIVE_XATTR)) {
        const plain = unescapePercent(key.slice(LIBARCHIVE_XATTR.length));
        if (!records.has(SCHILY_XATTR + plain))
          xattrs.set(plain, Buffer.from(Buffer.from(value).toString('latin1'), 'base64'));
      }
    }
  }
  return xattrs.size === 0 ? undefined : xattrs;
}

function unescapePercent(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
