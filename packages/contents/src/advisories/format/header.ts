import { createHash } from 'node:crypto';
import { LadingError } from '@lading/errors';
import { type Digest, digestOf } from '@lading/oci';
import type { AdvisorySource } from '../advisory-database.ts';
import { damaged } from './damaged.ts';

/** Of the way a database is laid out; a reader takes no other. */
export const FORMAT = 2;

/** What a database file starts with, `LADADV` and a line break, then its format in 32 bits and the length of what follows in 32 bits. */
const MAGIC = Buffer.from('LADADV\r\n');
export const PREFIX_BYTES: number = MAGIC.length + 8;
const SHA256_BYTES = 32;
const MAX_HEADER_BYTES = 4 << 20;

/** Where a part of the file lies. */
export interface Section {
  /** `names`, `records`, `exploitation`, `text-index`, `text`; `ecosystem/Debian:12`. */
  readonly name: string;
  /** From the end of the header. */
  readonly offset: number;
  readonly length: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

export interface Header {
  /** ISO; empty when no record has a date. */
  readonly newest: string;
  readonly records: number;
  readonly sources: readonly AdvisorySource[];
  readonly sections: readonly Section[];
}

/** The head of a database over its sections: JSON between the prefix and its own SHA-256. */
export function encodeHeader(header: Header): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(FORMAT, MAGIC.length);
  prefix.writeUInt32LE(text.length + SHA256_BYTES, MAGIC.length + 4);
  const head = Buffer.concat([prefix, text]);
  return Buffer.concat([head, createHash('sha256').update(head).digest()]);
}

/** The bytes of the header after the prefix. Throws ADVISORIES_DAMAGED, ADVISORIES_FORMAT for a format that this version does not read. */
export function headerLength(prefix: Buffer): number {
  if (prefix.length < PREFIX_BYTES || !prefix.subarray(0, MAGIC.length).equals(MAGIC))
    throw damaged('the file is none');
  const format = prefix.readUInt32LE(MAGIC.length);
  if (format !== FORMAT) {
    throw new LadingError(
      'ADVISORIES_FORMAT',
      `Cannot read the advisory database: it has format ${format}, not ${FORMAT}`,
      {
        hint: 'Make it again with "lading advisories update", or pull one that is made for this version.',
        details: { format },
      },
    );
  }
  const length = prefix.readUInt32LE(MAGIC.length + 4);
  if (length < SHA256_BYTES || length > MAX_HEADER_BYTES) throw damaged('its header cannot be so long');
  return length;
}

/**
 * Reads a header, prefix included. Its digest stands for the whole database: it covers the digests of all sections. Throws
 * ADVISORIES_DAMAGED.
 */
export function decodeHeader(bytes: Buffer): { readonly header: Header; readonly digest: Digest } {
  const end = bytes.length - SHA256_BYTES;
  const sum = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!sum.equals(bytes.subarray(end))) throw damaged('its header is not what its checksum says');
  try {
    const header = JSON.parse(bytes.toString('utf8', PREFIX_BYTES, end)) as Header;
    if (!isHeader(header)) throw new TypeError('members are missing');
    return { header, digest: digestOf(bytes) };
  } catch (cause) {
    throw damaged('its header does not follow the format', cause);
  }
}

function isHeader(value: Header): boolean {
  return (
    typeof value.newest === 'string' &&
    Number.isSafeInteger(value.records) &&
    Array.isArray(value.sources) &&
    value.sections.every(
      ({ name, offset, length, sha256 }) =>
        typeof name === 'string' &&
        Number.isSafeInteger(offset) &&
        Number.isSafeInteger(length) &&
        offset >= 0 &&
        length >= 0 &&
        typeof sha256 === 'string',
    )
  );
}
