import { LadingError } from '@lading/errors';

/** One record of a PAX header. The value may be any bytes. An empty value takes back a global one. */
export interface PaxRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * The records of a PAX extended header: `length key=value\n`, the length counting the whole record.
 * POSIX.1-2024 pax §Extended Header. Throws TAR_INVALID with a bare reason.
 */
export function parsePaxRecords(data: Uint8Array): PaxRecord[] {
  const records: PaxRecord[] = [];
  let start = 0;
  while (start < data.length) {
    // Some writers fill the rest of the block with NULs and count it.
    if (data[start] === 0 && data.subarray(start).every((byte) => byte === 0)) break;
    let at = start;
    let length = 0;
    while (at < data.length && at - start < 16 && data[at]! >= 0x30 && data[at]! <= 0x39) {
      length = length * 10 + data[at]! - 0x30;
      at += 1;
    }
    if (at === start || data[at] !== 0x20) throw invalid('a record does not start with its length');
    const end = start + length;
    if (end > data.length || end <= at + 1) throw invalid('a record has an impossible length');
    if (data[end - 1] !== 0x0a) throw invalid('a record does not end with a newline');
    const equals = data.indexOf(0x3d, at + 1);
    if (equals === -1 || equals >= end || equals === at + 1) throw invalid('a record has no key');
    records.push({
      key: Buffer.from(data.buffer, data.byteOffset + at + 1, equals - at - 1).toString('utf8'),
      value: Uint8Array.prototype.slice.call(data, equals + 1, end - 1),
    });
    start = end;
  }
  return records;
}

/** The bytes of a PAX extended header with the given records, in the given order. */
export function formatPaxRecords(records: Iterable<readonly [key: string, value: Uint8Array]>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [key, value] of records) {
    const body = Buffer.concat([Buffer.from(` ${key}=`, 'utf8'), value, Buffer.of(0x0a)]);
    // The length counts its own digits.
    let length = body.length + String(body.length).length;
    length = body.length + String(length).length;
    parts.push(Buffer.from(String(length)), body);
  }
  return Buffer.concat(parts);
}

function invalid(reason: string): LadingError {
  return new LadingError('TAR_INVALID', `Cannot read PAX header: ${reason}`);
}
