import { decodeName } from '../names.ts';
import { BLOCK } from './block-reader.ts';
import { problem } from './problem.ts';

/** The raw fields of one 512-byte header, before extension headers are applied. Numbers as stored, names as text. */
export interface HeaderBlock {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly typeFlag: string;
  readonly linkName: string;
  readonly userName: string;
  readonly groupName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly isGnu: boolean;
}

export function isZeroBlock(block: Uint8Array): boolean {
  if (block[0] !== 0) return false;
  for (let at = 1; at < BLOCK; at += 1) if (block[at] !== 0) return false;
  return true;
}

/** Parses a header and verifies its checksum. POSIX.1-2024 pax §ustar; GNU tar manual §Basic Tar Format. */
export function parseHeaderBlock(block: Uint8Array, offset: number): HeaderBlock {
  const name = textField(block, 0, 100);
  verifyChecksum(block, name, offset);
  const number = (start: number, length: number, field: string): number =>
    parseNumber(block, start, length, name, offset, field);
  const isUstar = matches(block, 257, 'ustar\0');
  const isGnu = matches(block, 257, 'ustar ');
  const isStar = isUstar && matches(block, 508, 'tar\0');
  const typeFlag = String.fromCharCode(block[156]!);
  const hasNames = isUstar || isGnu;
  const isDevice = typeFlag === '3' || typeFlag === '4';
  const prefix = isUstar ? textField(block, 345, isStar ? 131 : 155) : '';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(100, 8, 'mode') & 0o7777,
    uid: number(108, 8, 'uid'),
    gid: number(116, 8, 'gid'),
    size: number(124, 12, 'size'),
    mtime: number(136, 12, 'mtime'),
    typeFlag,
    linkName: textField(block, 157, 100),
    userName: hasNames ? textField(block, 265, 32) : '',
    groupName: hasNames ? textField(block, 297, 32) : '',
    deviceMajor: hasNames && isDevice ? number(329, 8, 'device number') : 0,
    deviceMinor: hasNames && isDevice ? number(337, 8, 'device number') : 0,
    isGnu,
  };
}

function matches(block: Uint8Array, start: number, text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (block[start + at] !== text.charCodeAt(at)) return false;
  return true;
}

function textField(block: Uint8Array, start: number, length: number): string {
  const nul = block.indexOf(0, start);
  const end = nul === -1 || nul > start + length ? start + length : nul;
  return end === start ? '' : decodeName(block, start, end);
}

/** The sum counts the checksum field as spaces. Old programs summed signed bytes; both are accepted. */
function verifyChecksum(block: Uint8Array, name: string, offset: number): void {
  let unsigned = 8 * 32;
  let high = 0;
  for (let at = 0; at < 148; at += 1) {
    unsigned += block[at]!;
    high += block[at]! >> 7;
  }
  for (let at = 156; at < BLOCK; at += 1) {
    unsigned += block[at]!;
    high += block[at]! >> 7;
  }
  const stored = parseNumber(block, 148, 8, name, offset, 'checksum');
  if (stored === unsigned || stored === unsigned - 256 * high) return;
  throw problem('TAR_INVALID', name, offset, `its header has checksum ${unsigned}, not the stated ${stored}`);
}

/** Octal digits with spaces or NULs around them, or GNU base-256: the top bit set, then two's complement. */
export function parseNumber(
  block: Uint8Array,
  start: number,
  length: number,
  entry: string,
  offset: number,
  field: string,
): number {
  const first = block[start]!;
  const end = start + length;
  if (first >= 0x80) {
    const negative = (first & 0x40) !== 0;
    // A negative number is read by its complement, so that leading 0xff bytes lose no precision.
    const flip = negative ? 0xff : 0;
    let value = (first ^ flip) & 0x3f;
    for (let at = start + 1; at < end; at += 1) value = value * 256 + (block[at]! ^ flip);
    if (value > Number.MAX_SAFE_INTEGER - 1) throw problem('TAR_INVALID', entry, offset, `its ${field} is too large`);
    return negative ? -value - 1 : value;
  }
  let at = start;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at += 1;
  let value = 0;
  while (at < end) {
    const digit = block[at]! - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
    at += 1;
  }
  if (at < end && block[at] !== 0 && block[at] !== 0x20) {
    throw problem('TAR_INVALID', entry, offset, `its ${field} is not a number`);
  }
  return value;
}
