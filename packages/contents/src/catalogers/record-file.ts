import { LadingError, messageOf } from '@lading/errors';
import type { CatalogedFile } from './cataloger.ts';

/** What a JSON file or a part of it is, once it is known not to be something else. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What the largest records of real packages have a fifth of. In memory a value takes up to twenty times its bytes in the file. */
const MAX_VALUES = 1_000_000;

/**
 * The text of a file by which a package manager remembers what it installed: without a byte order mark, lines as they are, U+FFFD for what
 * is not UTF-8. Throws CONTENT_TOO_LARGE.
 */
export async function readText(file: CatalogedFile, maxBytes: number): Promise<string> {
  return decodeText(await file.whole(maxBytes));
}

/** The same of bytes that were read. Windows tools write UTF-16 too, with a mark. */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', marked ? 3 : 0);
}

/** The object that a JSON file is. Throws CONTENT_TOO_LARGE, and PACKAGE_RECORD_INVALID for what is none. */
export async function readJson(file: CatalogedFile, maxBytes: number): Promise<JsonObject> {
  return parseJson(file.path, await readText(file, maxBytes));
}

/** The object that a JSON text is; `path` is for the message. An array is an object too. Bounds memory as well: CONTENT_TOO_LARGE. */
export function parseJson(path: string, text: string): JsonObject {
  if (text.length > MAX_VALUES && countValues(text) > MAX_VALUES)
    throw new LadingError('CONTENT_TOO_LARGE', `Cannot read ${path}: it has more than ${MAX_VALUES} values`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidRecord(path, messageOf(cause));
  }
  const object = asObject(value);
  if (object === undefined) throw invalidRecord(path, 'it is no JSON object');
  return object;
}

/** At least as many as there are: signs in strings count too. */
function countValues(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === ',' || sign === '[' || sign === '{') count += 1;
  }
  return count;
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
}

/** A text that says something, without the blanks around it. */
export function asText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}

/**
 * A text that can be the name or version of a package: one word of what can be printed. Records that are templates for other records have
 * others, and no package URL could hold them.
 */
export function asWord(value: unknown): string | undefined {
  const text = asText(value);
  return text !== undefined && /^[^\s\p{C}{}<>"]{1,255}$/u.test(text) ? text : undefined;
}

export function invalidRecord(path: string, why: string): LadingError {
  return new LadingError('PACKAGE_RECORD_INVALID', `Cannot read ${path}: ${why}`, { details: { path } });
}
