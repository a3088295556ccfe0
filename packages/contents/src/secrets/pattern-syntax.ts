/** What a pattern is made of. Sets have a 1 for each of the 256 bytes that they take. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: Uint8Array }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number }
  /** `^`, `$`, `\b`, and looks ahead or behind, which take no bytes. */
  | { readonly kind: 'look'; readonly part?: PatternNode; readonly negative: boolean; readonly ahead: boolean };

/** What is wrong with a pattern, as a clause: `\1 refers back to what was matched`. */
export class PatternError extends Error {}

const classEscapes: Readonly<Record<string, (byte: number) => boolean>> = {
  d: (byte) => byte >= 0x30 && byte <= 0x39,
  w: (byte) => /[A-Za-z0-9_]/.test(String.fromCharCode(byte)),
  s: (byte) => /\s/.test(String.fromCharCode(byte)),
};
const charEscapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12, '0': 0 };

/**
 * Reads the part of the regular expressions of ECMAScript that rules may use: bytes, classes, groups, alternatives, bounded repeats, looks
 * ahead and behind. Throws PatternError for everything else: repeats without an end, references back, lazy repeats.
 */
export function parsePattern(source: string, ignoreCase = false): PatternNode {
  let at = 0;
  const node = choice(0);
  if (at < source.length) throw new PatternError(`the ) at ${at + 1} closes nothing`);
  return node;

  function choice(depth: number): PatternNode {
    if (depth > 20) throw new PatternError('its groups are nested more than 20 deep');
    const branches = [sequence(depth)];
    while (source[at] === '|') {
      at++;
      branches.push(sequence(depth));
    }
    return branches.length === 1 ? (branches[0] as PatternNode) : { kind: 'choice', branches };
  }

  function sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(repeated(atom(depth)));
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: 'sequence', parts };
  }

  function repeated(part: PatternNode): PatternNode {
    const [text = '', low, comma, high] = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(source.slice(at, at + 24)) ?? [];
    if (text === '') return part;
    at += text.length;
    if (text === '*' || text === '+' || (comma !== undefined && high === '')) {
      throw new PatternError(`the repeat ${text} has no end; write {0,100} or what is the most`);
    }
    if (source[at] === '?' || source[at] === '+') throw new PatternError(`the repeat ${text}${source[at]} is lazy`);
    if (part.kind === 'look') throw new PatternError(`the repeat ${text} repeats what takes no bytes`);
    if (text === '?') return { kind: 'repeat', part, min: 0, max: 1 };
    const min = Number(low);
    const max = comma === undefined ? min : Number(high);
    if (max < min) throw new PatternError(`the repeat ${text} has its bounds in the wrong order`);
    return { kind: 'repeat', part, min, max };
  }

  function atom(depth: number): PatternNode {
    const char = source[at++] as string;
    if (char === '(') return group(depth);
    if (char === '[') return { kind: 'set', set: classSet() };
    if (char === '.') return { kind: 'set', set: setOf((byte) => byte !== 10 && byte !== 13) };
    if (char === '^' || char === '$') return { kind: 'look', negative: false, ahead: char === '$' };
    if ('*+?{'.includes(char)) throw new PatternError(`the ${char} at ${at} repeats nothing`);
    if (char !== '\\') return { kind: 'set', set: folded(setOf((byte) => byte === code(char))) };
    if (source[at] === 'b' || source[at] === 'B') {
      at++;
      return { kind: 'look', negative: false, ahead: true };
    }
    return { kind: 'set', set: folded(escapeSet()) };
  }

  function group(depth: number): PatternNode {
    const [opening = ''] = /^\?(?::|=|!|<=|<!|<[A-Za-z]\w*>|.?)/.exec(source.slice(at, at + 40)) ?? [];
    at += opening.length;
    const look = /^\?<?[=!]$/.test(opening);
    if (opening !== '' && opening !== '?:' && !look && !opening.endsWith('>')) {
      throw new PatternError(`the group (${opening} is of a kind that rules may not use`);
    }
    const part = choice(depth + 1);
    if (source[at++] !== ')') throw new PatternError('a group is not closed');
    return look ? { kind: 'look', part, negative: opening.endsWith('!'), ahead: !opening.startsWith('?<') } : part;
  }

  function classSet(): Uint8Array {
    const negative = source[at] === '^';
    if (negative) at++;
    const set = new Uint8Array(256);
    while (source[at] !== ']') {
      if (at >= source.length) throw new PatternError('a class is not closed');
      const { set: one, byte } = classAtom();
      const isRange = byte !== undefined && source[at] === '-' && source[at + 1] !== ']' && at + 1 < source.length;
      if (!isRange) {
        for (let each = 0; each < 256; each++) if (one[each] === 1) set[each] = 1;
        continue;
      }
      at++;
      const end = classAtom().byte;
      if (end === undefined || end < byte) throw new PatternError('a range in a class has its ends in the wrong order');
      set.fill(1, byte, end + 1);
    }
    at++;
    folded(set);
    return negative ? set.map((has) => 1 - has) : set;
  }

  function classAtom(): { set: Uint8Array; byte?: number | undefined } {
    const char = source[at++] as string;
    const set = char === '\\' ? escapeSet() : setOf((byte) => byte === code(char));
    const only = set.indexOf(1);
    return { set, byte: set.indexOf(1, only + 1) === -1 ? only : undefined };
  }

  function escapeSet(): Uint8Array {
    const char = source[at++];
    if (char === undefined) throw new PatternError('it ends with a backslash');
    const takes = classEscapes[char.toLowerCase()];
    if (takes !== undefined) return setOf((byte) => takes(byte) === (char === char.toLowerCase()));
    if (char === 'x') {
      const hex = /^[0-9a-fA-F]{2}/.exec(source.slice(at, at + 2))?.[0];
      if (hex === undefined) throw new PatternError('\\x is not followed by two hexadecimal digits');
      at += 2;
      return setOf((byte) => byte === Number.parseInt(hex, 16));
    }
    const named = charEscapes[char];
    if (named !== undefined) return setOf((byte) => byte === named);
    if (/[1-9k]/.test(char)) throw new PatternError(`\\${char} refers back to what was matched`);
    if (/[A-Za-z]/.test(char)) throw new PatternError(`\\${char} is of a kind that rules may not use`);
    return setOf((byte) => byte === code(char));
  }

  function folded(set: Uint8Array): Uint8Array {
    if (!ignoreCase) return set;
    for (let upper = 0x41; upper <= 0x5a; upper++) {
      if (set[upper] === 1 || set[upper | 0x20] === 1) set[upper] = set[upper | 0x20] = 1;
    }
    return set;
  }
}

function code(char: string): number {
  const value = char.charCodeAt(0);
  if (value > 0xff) throw new PatternError(`${JSON.stringify(char)} is no single byte`);
  return value;
}

function setOf(takes: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (takes(byte) ? 1 : 0));
}
