import { isUtf8 } from 'node:buffer';
import { LadingError } from '@lading/errors';

/**
 * The text of a name given as bytes, or as a part of bytes. What is not UTF-8 becomes one lone surrogate U+DC80–U+DCFF per byte, so that
 * `encodeName(decodeName(bytes))` equals `bytes`, whatever they are.
 */
export function decodeName(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  // Almost every name is ASCII, and there are many names: nothing is made for them but the text.
  if (isAscii(bytes, start, end)) return Buffer.prototype.latin1Slice.call(bytes, start, end);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let text = '';
  let at = 0;
  while (at < buffer.length) {
    const length = sequenceLength(buffer, at);
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + buffer[at]!);
      at += 1;
    } else {
      text += buffer.toString('utf8', at, at + length);
      at += length;
    }
  }
  return text;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at]! >= 0x80) return false;
  return true;
}

/** How many bytes the UTF-8 character at a position has; 0 when there is none. */
function sequenceLength(buffer: Buffer, at: number): number {
  const lead = buffer[at]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > buffer.length) return 0;
  return isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}

/**
 * The bytes of a name: UTF-8, except that a lone surrogate U+DC80–U+DCFF stands for the byte 0x80–0xff.
 * Throws TAR_INVALID for any other lone surrogate, which no bytes can have produced.
 */
export function encodeName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const character of name) {
    const unit = character.charCodeAt(0);
    if (character.length === 1 && unit >= 0xd800 && unit <= 0xdfff) {
      if (unit < 0xdc80 || unit > 0xdcff) {
        throw new LadingError('TAR_INVALID', `Cannot encode name ${JSON.stringify(name)}: it has a lone surrogate`);
      }
      parts.push(Buffer.of(unit - 0xdc00));
    } else {
      parts.push(Buffer.from(character, 'utf8'));
    }
  }
  return Buffer.concat(parts);
}

/**
 * Orders names by their bytes, shorter first: the order of entries in every layer that Lading writes.
 * A directory comes before what it holds.
 */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    // Below the surrogates, UTF-16 order is byte order.
    if (left < 0xd800 && right < 0xd800) return left < right ? -1 : 1;
    return Buffer.compare(encodeName(a), encodeName(b));
  }
  return a.length < b.length ? -1 : 1;
}
