import { LadingError } from '@lading/errors';

/** What is being read, for messages: "manifest", "config". And its bounds. */
export interface JsonTextOptions {
  readonly what: string;
  readonly maxBytes: number;
}

/** Far above what any image has; keeps every later walk over the value off the end of the stack. */
const maxDepth = 256;

/**
 * Bytes → JSON value, strictly: UTF-8 without BOM, bounded in size and nesting.
 * Of members with one name the last one counts, as in every JSON library that image tools are written with: a stricter reader
 * here would only disagree with them about which images exist.
 * Throws MANIFEST_INVALID.
 */
export function readJsonText(bytes: Uint8Array, { what, maxBytes }: JsonTextOptions): unknown {
  const fail = (fault: string): LadingError => new LadingError('MANIFEST_INVALID', `Cannot parse ${what}: ${fault}`);
  if (bytes.length > maxBytes) throw fail(`it has ${bytes.length} bytes, more than ${maxBytes}`);
  if (bytes.length === 0) throw fail('it is empty');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw fail('it starts with a UTF-8 byte order mark');
  if (isDeeperThan(bytes, maxDepth)) throw fail(`it nests deeper than ${maxDepth} levels`);

  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail('it is not valid UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the input, which may be hostile: only the position is passed on.
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw fail(position === undefined ? 'it is not JSON' : `it is not JSON, at position ${position}`);
  }
}

/** Works on bytes: in UTF-8 the bytes of brackets and quotes never occur inside other characters. */
function isDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
