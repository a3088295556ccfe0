/** A value of a row, of those types that rpm's tables have. */
export type SqliteValue = string | number | Buffer | null;

/** Bytes of the serial types 0 to 7; 8 and 9 are the numbers 0 and 1 without any. */
const numberBytes: readonly number[] = [0, 1, 2, 3, 4, 6, 8, 8];

/** A row: undefined when it reaches past its end. Source: sqlite.org/fileformat2.html §2.1 Record Format. */
export function parseRecord(payload: Buffer): SqliteValue[] | undefined {
  const [headerBytes, start] = varint(payload, 0);
  if (headerBytes > payload.length) return undefined;
  const values: SqliteValue[] = [];
  let at = headerBytes;
  for (let next = start; next < headerBytes; ) {
    const [type, after] = varint(payload, next);
    const length = type >= 12 ? Math.floor((type - 12) / 2) : (numberBytes[type] ?? 0);
    if (at + length > payload.length) return undefined;
    values.push(valueFrom(payload.subarray(at, at + length), type));
    at += length;
    next = after;
  }
  return values;
}

function valueFrom(bytes: Buffer, type: number): SqliteValue {
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString('utf8');
  if (type === 0 || type > 9) return null;
  if (type >= 8) return type - 8;
  if (type === 7) return bytes.readDoubleBE();
  return type === 6 ? Number(bytes.readBigInt64BE()) : bytes.readIntBE(0, bytes.length);
}

/**
 * A number of one to nine bytes, and where it ends. One that needs all nine is no size that a file can have: it comes out inexact, and as
 * large. A number that reaches past the end is as if zeros followed.
 */
export function varint(bytes: Buffer, start: number): [value: number, end: number] {
  let value = 0;
  for (let at = start; at < start + 8; at++) {
    const byte = bytes[at] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, at + 1];
  }
  return [value * 256 + (bytes[start + 8] ?? 0), start + 9];
}
