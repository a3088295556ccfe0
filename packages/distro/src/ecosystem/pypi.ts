import { compareNumerals, compareText, isDigits, type Numeral, numeralOf } from '../internal/numeral.ts';
import { compareLegacyPypiVersions } from './pypi-legacy.ts';

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`. PEP 440 §Summary of permitted suffixes and relative
 * ordering. Total: what PEP 440 has no form for is older than everything it has one for, and compares as setuptools once did.
 */
export function comparePypiVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) {
    if (left === right) return compareLegacyPypiVersions(a, b);
    return left === undefined ? -1 : 1;
  }
  return (
    compareNumerals(left.epoch, right.epoch) ||
    compareLists(left.release, right.release, compareNumerals) ||
    left.phase - right.phase ||
    compareNumerals(left.pre, right.pre) ||
    compareOptional(left.post, right.post, -1) ||
    compareOptional(left.dev, right.dev, 1) ||
    compareLists(left.local, right.local, compareLocalSegments)
  );
}

interface PypiVersion {
  readonly epoch: Numeral;
  /** Without zeros at its end. */
  readonly release: readonly Numeral[];
  readonly phase: number;
  readonly pre: Numeral;
  readonly post: Numeral | undefined;
  readonly dev: Numeral | undefined;
  readonly local: readonly string[];
}

// A development release comes before the pre-releases of the same release, the release itself after them.
const developmentOnly = 0;
const phases: Readonly<Record<string, number>> = { a: 1, alpha: 1, b: 2, beta: 2, c: 3, rc: 3, pre: 3, preview: 3 };
const released = 4;

// PEP 440 appendix B.
const pattern = new RegExp(
  [
    /^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)/, // epoch, release
    /(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?/,
    /(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?/,
    /(?:[-_.]?(dev)[-_.]?(\d*))?/,
    /(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/, // local
  ]
    .map(({ source }) => source)
    .join(''),
);

function parse(text: string): PypiVersion | undefined {
  const match = pattern.exec(text.toLowerCase());
  if (match === null) return undefined;
  const [, epoch = '', release = '', phase, pre = '', implicitPost, postWord, postNumber, devWord, devNumber, local] =
    match;
  const post = implicitPost ?? (postWord === undefined ? undefined : (postNumber ?? ''));
  const dev = devWord === undefined ? undefined : (devNumber ?? '');
  return {
    epoch: numeralOf(epoch),
    release: withoutZeros(release.split('.').map(numeralOf)),
    phase: phase !== undefined ? phases[phase]! : post === undefined && dev !== undefined ? developmentOnly : released,
    pre: numeralOf(pre),
    post: post === undefined ? undefined : numeralOf(post),
    dev: dev === undefined ? undefined : numeralOf(dev),
    local: local === undefined ? [] : local.split(/[-_.]/),
  };
}

function withoutZeros(release: Numeral[]): Numeral[] {
  while (release.at(-1) === '') release.pop();
  return release;
}

function compareLists(a: readonly string[], b: readonly string[], compare: (a: string, b: string) => number): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = compare(a[index]!, b[index]!);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** `absent`: the sign of what has no number against what has one. */
function compareOptional(a: Numeral | undefined, b: Numeral | undefined, absent: 1 | -1): number {
  if (a === undefined) return b === undefined ? 0 : absent;
  return b === undefined ? -absent : compareNumerals(a, b);
}

function compareLocalSegments(a: string, b: string): number {
  const isNumber = isDigits(a);
  if (isNumber !== isDigits(b)) return isNumber ? 1 : -1;
  return isNumber ? compareNumerals(numeralOf(a), numeralOf(b)) : compareText(a, b);
}
