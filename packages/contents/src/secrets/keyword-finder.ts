// All keywords at once: every second position is looked at, through the three bytes that begin there, in a table of all that a keyword can
// show there. Where that is not empty, the four bytes at the two positions where the keyword may begin choose the few that are compared.
// Bytes are read four at a time, so a byte of text costs less than a nanosecond.

/** The fewest bytes of a keyword: what stands at an even position of any occurrence is then three of its bytes. */
export const minKeywordLength = 4;

export interface Keyword {
  /** ASCII, at least `minKeywordLength`. */
  readonly text: string;
  /** Upper and lower case are the same. */
  readonly ignoreCase: boolean;
}

interface Entry {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly ignoreCase: boolean;
}

const bits = 16;
/** Takes the bit that tells upper from lower case out of every byte; other bytes that fall together are told apart by comparing. */
const fold3 = 0xdfdfdf;
const fold4 = 0xdfdfdfdf;

const lower = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte));

export class KeywordFinder {
  readonly #threes = new Uint8Array(1 << bits);
  /** By the hash of the first four bytes: 1 + the index in `#groups`, or 0. */
  readonly #fours = new Uint16Array(1 << bits);
  readonly #groups: Entry[][] = [];

  constructor(keywords: readonly Keyword[]) {
    keywords.forEach(({ text, ignoreCase }, index) => {
      const bytes = Buffer.from(ignoreCase ? text.toLowerCase() : text, 'latin1');
      if (bytes.length < minKeywordLength) throw new RangeError(`the keyword ${JSON.stringify(text)} is too short`);
      this.#threes[hash(littleEndian(bytes, 0) & fold3)] = 1;
      this.#threes[hash((littleEndian(bytes, 0) >>> 8) & fold3)] = 1;
      const four = hash(littleEndian(bytes, 0) & fold4);
      if (this.#fours[four] === 0) this.#fours[four] = this.#groups.push([]);
      (this.#groups[(this.#fours[four] as number) - 1] as Entry[]).push({ index, bytes, ignoreCase });
    });
  }

  /**
   * Calls `found` for every occurrence that begins in `from` ≤ at < `to`, in the order of their beginning. `bytes` is the whole of its
   * ArrayBuffer, a multiple of four long, and goes on with zeros for at least eight bytes after its content.
   */
  find(bytes: Uint8Array, from: number, to: number, found: (at: number, keyword: number) => void): void {
    // Little-endian, as every machine is that Node runs on but one.
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    const threes = this.#threes;
    const last = Math.min(words.length - 2, to >> 2);
    let word = words[from >> 2] as number;
    for (let index = from >> 2; index <= last; index++) {
      const next = words[index + 1] as number;
      if (threes[hash(word & fold3)] !== 0) this.#look(bytes, index << 2, from, to, found);
      if (threes[hash(((word >>> 16) | (next << 16)) & fold3)] !== 0) {
        this.#look(bytes, (index << 2) + 2, from, to, found);
      }
      word = next;
    }
  }

  /** The keywords that begin at an even position, or at the one before. */
  #look(bytes: Uint8Array, even: number, from: number, to: number, found: (at: number, keyword: number) => void): void {
    for (let at = even > from ? even - 1 : even; at <= even; at++) {
      if (at < from || at >= to) continue;
      const group = this.#fours[hash(littleEndian(bytes, at) & fold4)] as number;
      if (group === 0) continue;
      for (const keyword of this.#groups[group - 1] as Entry[]) {
        if (isAt(bytes, at, keyword.bytes, keyword.ignoreCase)) found(at, keyword.index);
      }
    }
  }
}

function hash(value: number): number {
  return Math.imul(value, 0x9e3779b1) >>> (32 - bits);
}

function littleEndian(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function isAt(bytes: Uint8Array, at: number, keyword: Uint8Array, ignoreCase: boolean): boolean {
  for (let index = 0; index < keyword.length; index++) {
    const byte = bytes[at + index] as number;
    if ((ignoreCase ? lower[byte] : byte) !== keyword[index]) return false;
  }
  return true;
}
