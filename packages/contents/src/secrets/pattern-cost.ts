import { PatternError, type PatternNode, parsePattern } from './pattern-syntax.ts';

/** The most that one try of a pattern at one place can take, whatever the text. */
export interface PatternCost {
  /** Bytes that a match has, at most. */
  readonly length: number;
  /** Steps of an engine that backtracks, at most. */
  readonly steps: number;
}

/** The most bytes of a match: a private key of 16,384 bits in PEM. */
export const maxPatternLength: number = 16 * 1024;
/** The most steps: a fraction of a millisecond. */
export const maxPatternSteps = 200_000;

/** What comes after a place of a pattern: the bytes that it may go on with, and what it costs to try it there. */
interface Rest {
  readonly first: Uint8Array;
  readonly length: number;
  /** When it takes the text. */
  readonly steps: number;
  /** When it refuses: 0 where it never does, so that nothing before it is tried a second time. */
  readonly refusal: number;
}

const everything = new Uint8Array(256).fill(1);

/**
 * Bounds the work of a pattern before it is ever run. A backtracking engine tries what follows a repeat again for every length of the repeat;
 * where what follows cannot begin with a byte of the repeat, all but one of those tries end at once. Both are counted from the end of the
 * pattern to its beginning. Throws PatternError when there is no bound, or it is too high.
 */
export function patternCost(source: string, ignoreCase = false): PatternCost {
  let work = 0;
  const { steps, refusal, length } = before(parsePattern(source, ignoreCase), {
    first: everything,
    length: 0,
    steps: 0,
    refusal: 0,
  });
  if (length > maxPatternLength)
    throw new PatternError(`it reaches over ${length} bytes; ${maxPatternLength} are the most`);
  return { steps: Math.max(steps, refusal), length };

  function before(node: PatternNode, rest: Rest): Rest {
    if (++work > 20_000) throw new PatternError('it repeats groups too often');
    const result = costOf(node, rest);
    if (result.steps > maxPatternSteps || result.refusal > maxPatternSteps) {
      throw new PatternError(
        'it can be matched in too many ways: make what follows a repeat begin with another character',
      );
    }
    return result;
  }

  function costOf(node: PatternNode, rest: Rest): Rest {
    switch (node.kind) {
      case 'set':
        return { first: node.set, length: rest.length + 1, steps: rest.steps + 1, refusal: rest.refusal + 1 };
      case 'sequence':
        return node.parts.reduceRight((after, part) => before(part, after), rest);
      case 'choice':
        return chosen(node.branches.map((branch) => before(branch, rest)));
      case 'repeat':
        return node.part.kind === 'set' ? repeatedSet(node.part.set, node, rest) : repeatedPart(node, rest);
      case 'look':
        return looked(node, rest);
    }
  }

  function repeatedSet(set: Uint8Array, { min, max }: { min: number; max: number }, rest: Rest): Rest {
    const ways = max - min + 1;
    const again = meet(set, rest.first) ? rest.refusal : Math.min(rest.refusal, 1);
    return {
      first: min > 0 ? set : union(set, rest.first),
      length: max + rest.length,
      steps: max + ways * again + rest.steps,
      refusal: rest.refusal === 0 ? min : max + ways * again + rest.refusal,
    };
  }

  function repeatedPart({ part, min, max }: { part: PatternNode; min: number; max: number }, rest: Rest): Rest {
    let result = rest;
    for (let index = max; index > 0; index--) {
      const with_ = before(part, result);
      result = index > min ? chosen([with_, rest]) : with_;
    }
    return result;
  }

  function looked(node: Extract<PatternNode, { kind: 'look' }>, rest: Rest): Rest {
    if (node.part === undefined) return { ...rest, steps: rest.steps + 1, refusal: rest.refusal + 1 };
    const look = before(node.part, { first: everything, length: 0, steps: 0, refusal: 0 });
    // Beyond the match by what it looks at; `!` before one byte says what cannot follow.
    const first =
      node.ahead && node.negative && node.part.kind === 'set' ? node.part.set.map((has) => 1 - has) : undefined;
    return {
      first: first === undefined ? rest.first : common(first, rest.first),
      length: Math.max(rest.length, look.length),
      steps: rest.steps + look.steps + look.refusal,
      refusal: rest.refusal + look.steps + look.refusal,
    };
  }
}

/** One of several: all are tried where they may begin alike, else all but one end at their first byte. */
function chosen(branches: readonly Rest[]): Rest {
  const apart = branches.every((one, index) =>
    branches.slice(index + 1).every((other) => !meet(one.first, other.first)),
  );
  const refusals = branches.map((branch) => branch.refusal);
  const tried = apart ? Math.max(...refusals) + branches.length : refusals.reduce((sum, each) => sum + each, 0);
  return {
    first: branches.map((branch) => branch.first).reduce(union),
    length: Math.max(...branches.map((branch) => branch.length)),
    steps: tried + Math.max(...branches.map((branch) => branch.steps)),
    refusal: refusals.includes(0) ? 0 : tried,
  };
}

function meet(one: Uint8Array, other: Uint8Array): boolean {
  return one.some((has, byte) => has === 1 && other[byte] === 1);
}

function union(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((has, byte) => has | (other[byte] as number));
}

function common(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((has, byte) => has & (other[byte] as number));
}
