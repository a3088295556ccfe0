import { gunzipSync } from 'node:zlib';
import { LadingError } from '@lading/errors';

/** No string is longer in V8. */
export const MAX_DOCUMENT_BYTES: number = 512 << 20;

/**
 * The documents in a file's bytes: what its JSON says, or that of each line, or its text where it is no JSON; compressed or not. Throws
 * what zlib throws, and ADVISORIES_SOURCE_INVALID.
 */
export function documentsOf(bytes: Buffer): unknown[] {
  const plain =
    bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MAX_DOCUMENT_BYTES }) : bytes;
  const text = plain.toString('utf8', startsWithMark(plain) ? 3 : 0);
  if (!/^\s*[[{]/.test(text)) return [text];
  try {
    return [JSON.parse(text)];
  } catch (cause) {
    return lines(text) ?? invalid(cause);
  }
}

function startsWithMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Undefined when the text is not a document on every line: a document that is cut off is not. */
function lines(text: string): unknown[] | undefined {
  const all = text.split('\n').filter((line) => line.trim() !== '');
  if (all.length < 2 || !all[0]?.trim().endsWith('}')) return undefined;
  return all.map((line) => {
    try {
      return JSON.parse(line);
    } catch {
      return undefined; // told as a document that nobody recognises
    }
  });
}

function invalid(cause: unknown): never {
  throw new LadingError('ADVISORIES_SOURCE_INVALID', 'Cannot read a source of advisories: it is no JSON', { cause });
}
