import { crc32 } from 'node:zlib';
import type { JournalBatch } from './journal.ts';

/** A frame and where the next one starts. */
export interface Frame extends JournalBatch {
  readonly end: number;
}

const newline = 10;

/** A batch as one line: its number, a checksum over the number and the bytes, the bytes. */
export function encodeFrame({ first, bytes }: JournalBatch): Buffer {
  if (bytes.includes(newline)) throw new TypeError('a batch of a journal is one line');
  return Buffer.concat([Buffer.from(`${first} ${checksum(first, bytes)} `), bytes, Buffer.of(newline)]);
}

/** The frame at an offset; undefined when it is not whole. */
export function decodeFrame(data: Buffer, offset: number): Frame | undefined {
  const end = data.indexOf(newline, offset);
  if (end < 0) return undefined;
  // At most 16 digits and 8 of the checksum, each with a space.
  const head = /^(\d{1,16}) ([0-9a-f]{8}) /.exec(data.toString('latin1', offset, Math.min(end, offset + 26)));
  if (head === null) return undefined;
  const first = Number(head[1]);
  const bytes = data.subarray(offset + head[0].length, end);
  return checksum(first, bytes) === head[2] ? { first, bytes, end: end + 1 } : undefined;
}

/** True when a whole frame with a number above `above` starts behind some newline after the offset. */
export function hasFrameAfter(data: Buffer, offset: number, above: number): boolean {
  for (let at = data.indexOf(newline, offset); at >= 0; at = data.indexOf(newline, at + 1)) {
    if ((decodeFrame(data, at + 1)?.first ?? 0) > above) return true;
  }
  return false;
}

function checksum(first: number, bytes: Uint8Array): string {
  return crc32(bytes, crc32(`${first} `))
    .toString(16)
    .padStart(8, '0');
}
