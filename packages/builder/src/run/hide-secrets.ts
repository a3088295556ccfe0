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
  const needles = new Needles([...new Set(secrets.flatMap(piecesOf))].map((piece) => Buffer.from(piece, 'latin1')));
  let pending = Buffer.alloc(0);

  const hide = (data: Buffer, last: boolean): Buffer => {
    const shown: Buffer[] = [];
    let at = 0;
    for (let place = 0; place <= data.length - minBytes; place++) {
      const length = needles.lengthAt(data, place);
      if (length === 0) continue;
      shown.push(data.subarray(at, place), mask);
      at = place + length;
      place = at - 1;
    }
    const held = last ? data.length : needles.startIn(data, at);
    shown.push(data.subarray(at, held));
    pending = Buffer.from(data.subarray(held));
    return Buffer.concat(shown);
  };

  return {
    write: (chunk) => (needles.isEmpty ? Buffer.from(chunk) : hide(Buffer.concat([pending, chunk]), false)),
    end: () => hide(pending, true),
  };
}

function piecesOf(secret: Uint8Array): string[] {
  const text = Buffer.from(secret).toString('latin1');
  return [text, ...text.split('\n')].map((piece) => piece.trim()).filter((piece) => piece.length >= minBytes);
}

/** What is looked for, by its first bytes: a look at a place costs the same for one needle and for the thousands of lines of a long secret. */
class Needles {
  readonly isEmpty: boolean;
  readonly #longest: number;
  /** By the first two bytes: whether there is one. */
  readonly #begun = new Uint8Array(1 << 16);
  /** By the first four bytes, the longest first. */
  readonly #byStart = new Map<number, Buffer[]>();
  /** Every beginning that is shorter than that. */
  readonly #beginnings = new Set<string>();

  constructor(needles: readonly Buffer[]) {
    this.isEmpty = needles.length === 0;
    this.#longest = needles.reduce((most, { length }) => Math.max(most, length), 0);
    for (const needle of needles.toSorted((a, b) => b.length - a.length)) {
      this.#begun[needle.readUInt16LE(0)] = 1;
      const start = needle.readUInt32LE(0);
      const others = this.#byStart.get(start);
      if (others === undefined) this.#byStart.set(start, [needle]);
      else others.push(needle);
      for (let length = 1; length < minBytes; length++) this.#beginnings.add(needle.toString('latin1', 0, length));
    }
  }

  /** How many bytes from a place on are one; 0 for none. */
  lengthAt(data: Buffer, place: number): number {
    if (this.#begun[data[place]! | (data[place + 1]! << 8)] === 0) return 0;
    for (const needle of this.#byStart.get(data.readUInt32LE(place)) ?? []) {
      const end = place + needle.length;
      if (end <= data.length && needle.compare(data, place, end) === 0) return needle.length;
    }
    return 0;
  }

  /** The first place from which the end of the data could be the beginning of one; its length when there is none. */
  startIn(data: Buffer, from: number): number {
    for (let place = Math.max(from, data.length - this.#longest + 1); place < data.length; place++) {
      const length = data.length - place;
      const could =
        length < minBytes
          ? this.#beginnings.has(data.toString('latin1', place))
          : this.#byStart
              .get(data.readUInt32LE(place))
              ?.some((needle) => needle.length > length && needle.compare(data, place, data.length, 0, length) === 0);
      if (could === true) return place;
    }
    return data.length;
  }
}
