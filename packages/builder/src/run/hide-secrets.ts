import { REDACTED } from '@lading/errors';

/** Shorter pieces are in too many words to be hidden. */
const minBytes = 4;
const mask = Buffer.from(REDACTED);

/** A stream of output in which secrets are masked wherever they stand, also across the borders of chunks. */
export interface OutputFilter {
  /** What can be shown of all that came so far. */
  write(chunk: Uint8Array): Buffer;
  /** The rest. */
  end(): Buffer;
}

/**
 * Masks each secret as a whole, without the white space around it, and each of its longer lines: programs print keys line by line. What
 * has been encoded in some way cannot be known.
 */
export function hideSecrets(secrets: readonly Uint8Array[]): OutputFilter {
  const needles = [...new Set(secrets.flatMap(piecesOf))]
    .map((piece) => Buffer.from(piece, 'latin1'))
    .sort((a, b) => b.length - a.length);
  let pending = Buffer.alloc(0);

  const hide = (data: Buffer, last: boolean): Buffer => {
    const shown: Buffer[] = [];
    let at = 0;
    for (;;) {
      const found = firstOf(needles, data, at);
      if (found === undefined) break;
      shown.push(data.subarray(at, found.index), mask);
      at = found.index + found.length;
    }
    const held = last ? data.length : startOfNeedle(needles, data, at);
    shown.push(data.subarray(at, held));
    pending = Buffer.from(data.subarray(held));
    return Buffer.concat(shown);
  };

  return {
    write: (chunk) => (needles.length === 0 ? Buffer.from(chunk) : hide(Buffer.concat([pending, chunk]), false)),
    end: () => hide(pending, true),
  };
}

function piecesOf(secret: Uint8Array): string[] {
  const text = Buffer.from(secret).toString('latin1');
  return [text, ...text.split('\n')].map((piece) => piece.trim()).filter((piece) => piece.length >= minBytes);
}

/** The first needle from a place on; of several that begin there the longest. */
function firstOf(
  needles: readonly Buffer[],
  data: Buffer,
  from: number,
): { readonly index: number; readonly length: number } | undefined {
  let first: { readonly index: number; readonly length: number } | undefined;
  for (const needle of needles) {
    const index = data.indexOf(needle, from);
    if (index >= 0 && (first === undefined || index < first.index)) first = { index, length: needle.length };
  }
  return first;
}

/** Where the end of the data could be the start of a needle; its length when it cannot. */
function startOfNeedle(needles: readonly Buffer[], data: Buffer, from: number): number {
  const longest = needles[0]?.length ?? 0;
  for (let at = Math.max(from, data.length - longest + 1); at < data.length; at++) {
    const tail = data.subarray(at);
    if (needles.some((needle) => needle.length > tail.length && needle.subarray(0, tail.length).equals(tail)))
      return at;
  }
  return data.length;
}
