import { corrupt } from './internal/corrupt.ts';

/**
 * The table of chunks behind the data of a seekable gzip stream: docs/seekable-layers.md. It lies in empty gzip members, in the extra
 * field of their headers (RFC 1952 §2.3.1.1), so every decompressor passes over it; the last of them, the footer, has a fixed size and
 * tells where the table begins.
 */

/** A piece of a gzip stream that was compressed on its own. */
export interface GzipChunk {
  /** Bytes as compressed. */
  readonly length: number;
  /** Bytes of content. */
  readonly contentLength: number;
  /** Nothing in it refers to content before it: decompressing can begin here. */
  readonly restart: boolean;
  /** At least the first CHUNK_KEY_BYTES of the SHA-256 of the chunk as compressed. */
  readonly digest: Uint8Array;
}

/** Of a chunk's digest, as much as the table holds: enough to find equal chunks; what is made of them is verified as a whole. */
export const CHUNK_KEY_BYTES = 12;
/** Where the first chunk begins: after a gzip header without optional fields. */
export const FIRST_CHUNK_OFFSET = 10;
export const TABLE_FOOTER_BYTES = 42;
/** A table that would be longer is left out, and one that claims to be is not read: it is enough for content of 7 GB. */
export const MAX_TABLE_BYTES: number = 8 * 1024 * 1024;

const ID_TABLE = Buffer.from('LT');
const ID_FOOTER = Buffer.from('LF');
const MAGIC = Buffer.from('lading\0\x01', 'latin1');
const MEMBER_BYTES = 26;
const MAX_FIELD_BYTES = 0xffff - 4;

/** The entry of one chunk: both lengths as LEB128, the second doubled, plus one for a restart; then the key. */
export function encodeChunk({ length, contentLength, restart, digest }: GzipChunk): Uint8Array {
  const entry: number[] = [];
  for (let value of [length, contentLength * 2 + (restart ? 1 : 0)]) {
    for (; value >= 0x80; value = Math.floor(value / 0x80)) entry.push((value % 0x80) | 0x80);
    entry.push(value);
  }
  return Buffer.concat([Buffer.from(entry), digest.subarray(0, CHUNK_KEY_BYTES)]);
}

/** The members that carry the entries, and the footer. `offset`: where in the stream they will begin. */
export function chunkTable(entries: Uint8Array, offset: number): Buffer {
  const members: Buffer[] = [];
  for (let at = 0; at < entries.byteLength; at += MAX_FIELD_BYTES) {
    members.push(emptyMember(ID_TABLE, entries.subarray(at, at + MAX_FIELD_BYTES)));
  }
  const footer = Buffer.alloc(16);
  footer.set(MAGIC, 0);
  footer.writeBigUInt64LE(BigInt(offset), 8);
  return Buffer.concat([...members, emptyMember(ID_FOOTER, footer)]);
}

/** Where the table of a stream begins whose last bytes are `tail`; undefined when they are no footer. `size`: of the whole stream. */
export function findChunkTable(tail: Uint8Array, size: number): number | undefined {
  const footer = Buffer.from(tail.slice(-TABLE_FOOTER_BYTES));
  if (footer.byteLength < TABLE_FOOTER_BYTES) return undefined;
  const offset = footer.readBigUInt64LE(24);
  const expected = Buffer.alloc(16);
  footer.copy(expected, 0, 16, 32);
  if (!emptyMember(ID_FOOTER, expected).equals(footer) || !expected.subarray(0, 8).equals(MAGIC)) return undefined;
  const end = size - TABLE_FOOTER_BYTES;
  const valid = offset >= FIRST_CHUNK_OFFSET && offset <= end && end - Number(offset) <= MAX_TABLE_BYTES;
  return valid ? Number(offset) : undefined;
}

/**
 * The chunks, in order, from the bytes between where the table begins and the footer. The first begins at FIRST_CHUNK_OFFSET, each
 * further one where the one before ends. Errors: BYTES_CORRUPT.
 */
export function* parseChunkTable(table: Uint8Array): Generator<GzipChunk, void, undefined> {
  const entries = entriesOf(Buffer.from(table.buffer, table.byteOffset, table.byteLength));
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let unit = 1; unit <= 0x80 ** 5; unit *= 0x80) {
      const byte = entries[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    throw invalid('a length does not end');
  };
  while (at < entries.byteLength) {
    const length = varint();
    const content = varint();
    const digest = entries.subarray(at, at + CHUNK_KEY_BYTES);
    if (digest.byteLength < CHUNK_KEY_BYTES) throw invalid('it is cut off');
    if (length === 0) throw invalid('a chunk is empty');
    at += CHUNK_KEY_BYTES;
    yield { length, contentLength: Math.floor(content / 2), restart: content % 2 === 1, digest };
  }
}

function entriesOf(table: Buffer): Buffer {
  const fields: Buffer[] = [];
  for (let at = 0; at < table.byteLength; ) {
    if (table.byteLength - at < MEMBER_BYTES) throw invalid('it is cut off');
    const field = table.subarray(at + 16, at + 12 + table.readUInt16LE(at + 10));
    const member = emptyMember(ID_TABLE, field);
    if (!member.equals(table.subarray(at, at + member.byteLength))) throw invalid('a member is not part of it');
    fields.push(field);
    at += member.byteLength;
  }
  return Buffer.concat(fields);
}

/** A gzip member without content, whose header carries one field. */
function emptyMember(id: Uint8Array, field: Uint8Array): Buffer {
  const member = Buffer.alloc(MEMBER_BYTES + field.byteLength);
  // RFC 1952 §2.3: deflate, an extra field, no time, no statement about level and system.
  member.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255], 0);
  member.writeUInt16LE(4 + field.byteLength, 10);
  member.set(id, 12);
  member.writeUInt16LE(field.byteLength, 14);
  member.set(field, 16);
  // A last block of no content (RFC 1951 §3.2.6); the checksum and the size of nothing are zeros.
  member.set([3, 0], 16 + field.byteLength);
  return member;
}

function invalid(why: string): Error {
  return corrupt('gzip', `its table of chunks is invalid: ${why}`);
}
