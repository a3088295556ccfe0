import { isUtf8 } from 'node:buffer';
import { LadingError } from '@lading/errors';
import type { EntryType, TarHeader } from '../entry.ts';
import { compareNames, encodeName } from '../names.ts';
import { assertSafePath } from '../path.ts';
import { BLOCK } from './block-reader.ts';
import { formatPaxRecords } from './pax-records.ts';

const FLAGS: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** The name of every PAX header block. Readers ignore it; it must not depend on anything. */
const PAX_NAME = Buffer.from('PaxHeaders.0/entry');
const MAX_OCTAL_7 = 0o7777777;
const MAX_OCTAL_11 = 0o77777777777;

/** All header blocks of one entry: a ustar header, preceded by a PAX header where ustar has no room. */
export function formatHeader(header: TarHeader): Buffer {
  assertSafePath(header.path);
  if (header.path === '' && header.type !== 'directory') throw refuse(header, `a ${header.type} has no name`);
  const records = new Map<string, Uint8Array>();
  const name = nameFields(header, records);
  const link = linkField(header, records);
  if (records.size > 0 && [...records.values()].some((value) => !isUtf8(value))) {
    records.set('hdrcharset', Buffer.from('BINARY'));
  }
  for (const [key, value] of header.xattrs ?? []) {
    if (key === '' || key.includes('=')) throw refuse(header, `an extended attribute cannot be called "${key}"`);
    // An empty record would mean "none" to readers.
    if (value.length > 0) records.set(`SCHILY.xattr.${key}`, value);
  }
  const fields = {
    ...name,
    link,
    flag: FLAGS[header.type],
    mode: header.mode,
    uid: number(header, 'uid', header.uid, MAX_OCTAL_7, records),
    gid: number(header, 'gid', header.gid, MAX_OCTAL_7, records),
    size: number(header, 'size', header.size, MAX_OCTAL_11, records),
    mtime: time(header, records),
    major: device(header, header.deviceMajor),
    minor: device(header, header.deviceMinor),
  };
  if (!Number.isInteger(header.mode) || header.mode < 0 || header.mode > 0o7777) {
    throw refuse(header, `its mode ${header.mode} is out of range`);
  }
  if (records.size === 0) return formatBlock(Buffer.alloc(BLOCK), 0, fields);
  const data = formatPaxRecords([...records].sort(([a], [b]) => compareNames(a, b)));
  const dataBytes = Math.ceil(data.length / BLOCK) * BLOCK;
  const blocks = Buffer.alloc(BLOCK + dataBytes + BLOCK);
  formatBlock(blocks, 0, {
    prefix: undefined,
    name: PAX_NAME,
    link: undefined,
    flag: 'x',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: data.length,
    mtime: 0,
    major: 0,
    minor: 0,
  });
  data.copy(blocks, BLOCK);
  return formatBlock(blocks, BLOCK + dataBytes, fields);
}

interface Fields {
  readonly prefix: Uint8Array | undefined;
  readonly name: Uint8Array;
  readonly link: Uint8Array | undefined;
  readonly flag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

function formatBlock(target: Buffer, at: number, fields: Fields): Buffer {
  target.set(fields.name, at);
  octal(target, at + 100, 7, fields.mode);
  octal(target, at + 108, 7, fields.uid);
  octal(target, at + 116, 7, fields.gid);
  octal(target, at + 124, 11, fields.size);
  octal(target, at + 136, 11, fields.mtime);
  target[at + 156] = fields.flag.charCodeAt(0);
  if (fields.link !== undefined) target.set(fields.link, at + 157);
  target.write('ustar\x0000', at + 257, 'latin1');
  octal(target, at + 329, 7, fields.major);
  octal(target, at + 337, 7, fields.minor);
  if (fields.prefix !== undefined) target.set(fields.prefix, at + 345);
  let sum = 8 * 32;
  for (let byte = at; byte < at + BLOCK; byte += 1) sum += target[byte]!;
  octal(target, at + 148, 6, sum);
  target[at + 155] = 0x20;
  return target;
}

/** `digits` octal digits; the NUL after them is there already. */
function octal(target: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let byte = at + digits - 1; byte >= at; byte -= 1) {
    target[byte] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/** ASCII names that fit go to the ustar fields, all others to the record `path`, which is exact for every reader. */
function nameFields(
  header: TarHeader,
  records: Map<string, Uint8Array>,
): { name: Uint8Array; prefix: Uint8Array | undefined } {
  const full = encodeName(header.type === 'directory' ? `${header.path === '' ? '.' : header.path}/` : header.path);
  if (isAscii(full)) {
    if (full.length <= 100) return { name: full, prefix: undefined };
    const split = splitName(full);
    if (split !== undefined) return split;
  }
  records.set('path', full);
  return { name: asAscii(full), prefix: undefined };
}

function linkField(header: TarHeader, records: Map<string, Uint8Array>): Uint8Array | undefined {
  if (header.type !== 'symlink' && header.type !== 'hardlink') return undefined;
  if (header.linkPath === undefined || header.linkPath === '') throw refuse(header, 'a link has no target');
  if (header.linkPath.includes('\0')) throw refuse(header, 'its target has a NUL');
  if (header.type === 'hardlink') assertSafePath(header.linkPath);
  const target = encodeName(header.linkPath);
  if (isAscii(target) && target.length <= 100) return target;
  records.set('linkpath', target);
  return asAscii(target);
}

/** The last slash that leaves at most 100 bytes behind it and 155 before it. */
function splitName(full: Buffer): { name: Uint8Array; prefix: Uint8Array } | undefined {
  const first = full.length - 101;
  for (let at = Math.min(155, full.length - 2); at >= Math.max(first, 1); at -= 1) {
    if (full[at] === 0x2f) return { prefix: full.subarray(0, at), name: full.subarray(at + 1) };
  }
  return undefined;
}

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at]! >= 0x80) return false;
  return true;
}

/** What a reader without PAX sees: the first 100 bytes, `_` for what is not ASCII. */
function asAscii(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, 0, 100).map((byte) => (byte < 0x80 ? byte : 0x5f));
}

function number(
  header: TarHeader,
  key: 'uid' | 'gid' | 'size',
  value: number,
  max: number,
  records: Map<string, Uint8Array>,
): number {
  if (!Number.isSafeInteger(value) || value < 0) throw refuse(header, `its ${key} ${value} is out of range`);
  if (value <= max) return value;
  records.set(key, Buffer.from(String(value)));
  return 0;
}

function time(header: TarHeader, records: Map<string, Uint8Array>): number {
  const seconds = Math.floor(header.mtime);
  if (!Number.isSafeInteger(seconds)) throw refuse(header, `its mtime ${header.mtime} is out of range`);
  if (seconds >= 0 && seconds <= MAX_OCTAL_11) return seconds;
  records.set('mtime', Buffer.from(String(seconds)));
  return 0;
}

function device(header: TarHeader, value: number | undefined): number {
  if (header.type !== 'character' && header.type !== 'block') return 0;
  const id = value ?? 0;
  if (Number.isInteger(id) && id >= 0 && id <= MAX_OCTAL_7) return id;
  throw refuse(header, `its device number ${id} is out of range`);
}

function refuse(header: TarHeader, reason: string): LadingError {
  return new LadingError('TAR_UNSUPPORTED', `Cannot write tar entry ${JSON.stringify(header.path)}: ${reason}`, {
    details: { path: header.path },
  });
}
