// All keywords at once: at every position the four bytes that begin there are looked up in a table of the four bytes that each keyword is known
// by. Where the table has something, the few keywords with these four bytes are compared. Text is read in words of four bytes, so that four
// positions cost one load and four look-ups: about a nanosecond for each byte of text, however many keywords there are.

/** The fewest bytes of a keyword. */
export const minKeywordLength = 4;

export interface Keyword {
  /** ASCII, at least `minKeywordLength`. */
  readonly text: string;
  /** Upper and lower case are the same. */
  readonly ignoreCase: boolean;
}

interface Entry {
  readonly index: number;
  /** Four bytes of it, folded. */
  readonly four: number;
  readonly bytes: Uint8Array;
  /** Where in the keyword these are. */
  readonly anchor: number;
  readonly ignoreCase: boolean;
}

const tableBits = 18;
/** Takes the bit out of every byte that tells upper from lower case; what falls together by that is told apart by comparing. */
const fold = 0xdfdfdfdf | 0;
const factor = 0x9e3779b1 | 0;
const shift = 32 - tableBits;

const lower = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte));

export class KeywordFinder {
  /** By the hash of four bytes: whether a keyword is known by them. */
  readonly #table = new Uint8Array(1 << tableBits);
  /** By the same: the place in `#groups` of these keywords. */
  readonly #places = new Uint16Array(1 << tableBits);
  readonly #groups: Entry[][] = [];
  #longestAnchor = 0;

  constructor(keywords: readonly Keyword[]) {
    keywords.forEach(({ text, ignoreCase }, index) => {
      const bytes = Buffer.from(ignoreCase ? text.toLowerCase() : text, 'latin1');
      if (bytes.length < minKeywordLength) throw new RangeError(`the keyword ${JSON.stringify(text)} is too short`);
      const anchor = rarest(bytes);
      const four = wordAt(bytes, anchor) & fold;
      this.#longestAnchor = Math.max(this.#longestAnchor, anchor);
      const hash = Math.imul(four, factor) >>> shift;
      if (this.#table[hash] === 0) this.#places[hash] = this.#groups.push([]) - 1;
      this.#table[hash] = 1;
      this.#groups[this.#places[hash] as number]?.push({ index, four, bytes, anchor, ignoreCase });
    });
  }

  /**
   * Calls `found` for every occurrence that begins in `from` ≤ at < `to`. `bytes` begins at a multiple of four in its ArrayBuffer, and goes on
   * with zeros after its content for the length of the longest keyword.
   */
  find(bytes: Uint8Array, from: number, to: number, found: (at: number, keyword: number) => void): void {
    // Little-endian, as all machines are that Node is made for, but one.
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    const end = Math.min(words.length - 1, ((to + this.#longestAnchor) >> 2) + 1);
    for (let index = from >> 2; ; index++) {
      index = nextCandidate(words, this.#table, index, end);
      if (index >= end) return;
      const word = words[index] as number;
      const next = words[index + 1] as number;
      const at = index << 2;
      this.#compare(word, bytes, at, from, to, found);
      this.#compare((word >>> 8) | (next << 24), bytes, at + 1, from, to, found);
      this.#compare((word >>> 16) | (next << 16), bytes, at + 2, from, to, found);
      this.#compare((word >>> 24) | (next << 8), bytes, at + 3, from, to, found);
    }
  }

  #compare(
    word: number,
    bytes: Uint8Array,
    position: number,
    from: number,
    to: number,
    found: (at: number, keyword: number) => void,
  ): void {
    const four = word & fold;
    const hash = Math.imul(four, factor) >>> shift;
    if (this.#table[hash] === 0) return;
    const group = this.#groups[this.#places[hash] as number] as Entry[];
    for (let index = 0; index < group.length; index++) {
      const entry = group[index] as Entry;
      if (entry.four !== four) continue;
      const at = position - entry.anchor;
      if (at >= from && at < to && isAt(bytes, at, entry)) found(at, entry.index);
    }
  }
}

/** The next word in or after which, at one of its four bytes, a keyword may be known; `end` when there is none before that. */
function nextCandidate(words: Int32Array, table: Uint8Array, from: number, end: number): number {
  let word = words[from] as number;
  for (let index = from; index < end; index++) {
    const next = words[index + 1] as number;
    const any =
      (table[Math.imul(word & fold, factor) >>> shift] as number) |
      (table[Math.imul(((word >>> 8) | (next << 24)) & fold, factor) >>> shift] as number) |
      (table[Math.imul(((word >>> 16) | (next << 16)) & fold, factor) >>> shift] as number) |
      (table[Math.imul(((word >>> 24) | (next << 8)) & fold, factor) >>> shift] as number);
    if (any !== 0) return index;
    word = next;
  }
  return end;
}

/** Letters from the most to the least frequent in English, and signs among them as they are in programs. */
const frequency = 'etaoinsrhlcdupm. "/-fgy:_=wbv,0123456789kxjqz';

/** Where the four bytes of a keyword begin that are rarest in text. */
function rarest(bytes: Uint8Array): number {
  let best = 0;
  let most = -1;
  for (let at = 0; at + minKeywordLength <= bytes.length; at++) {
    let rarity = 0;
    for (const byte of bytes.subarray(at, at + minKeywordLength)) {
      const rank = frequency.indexOf(String.fromCharCode(lower[byte] as number));
      rarity += rank === -1 ? frequency.length : rank;
    }
    if (rarity > most) [best, most] = [at, rarity];
  }
  return best;
}

function wordAt(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  return a | (b << 8) | (c << 16) | (d << 24);
}

function isAt(bytes: Uint8Array, at: number, { bytes: keyword, ignoreCase }: Entry): boolean {
  for (let index = 0; index < keyword.length; index++) {
    const byte = bytes[at + index] as number;
    if ((ignoreCase ? lower[byte] : byte) !== keyword[index]) return false;
  }
  return true;
}
