import { compareNumerals, compareText, isDigit, numeralOf } from '../internal/numeral.ts';

/** The parts of `epoch:version-release`. RPM, "Dependencies" §Versioning. */
export interface RpmVersion {
  /** Decimal digits; `0` when the text has none. */
  readonly epoch: string;
  readonly version: string;
  /** Absent is older than every release, also than an empty one. */
  readonly release?: string | undefined;
}

/**
 * Splits `epoch:version-release` as rpm does: digits before a colon are the epoch, what follows the last hyphen is the release. Every
 * text has such parts; nothing is refused. rpm, `parseEVR`.
 */
export function parseRpmVersion(text: string): RpmVersion {
  let colon = 0;
  while (isDigit(text.charCodeAt(colon))) colon++;
  const hasEpoch = text[colon] === ':';
  const rest = hasEpoch ? text.slice(colon + 1) : text;
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: hasEpoch && colon > 0 ? text.slice(0, colon) : '0',
    version: hyphen < 0 ? rest : rest.slice(0, hyphen),
    release: hyphen < 0 ? undefined : rest.slice(hyphen + 1),
  };
}

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`, each `epoch:version-release`. Total: any text is a
 * version to rpm. rpm, `rpmverCmp`.
 */
export function compareRpmVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parseRpmVersion(a);
  const right = parseRpmVersion(b);
  return (
    compareNumerals(numeralOf(left.epoch), numeralOf(right.epoch)) ||
    rpmvercmp(left.version, right.version) ||
    compareReleases(left.release, right.release)
  );
}

function compareReleases(a: string | undefined, b: string | undefined): number {
  if (a === undefined) return b === undefined ? 0 : -1;
  return b === undefined ? 1 : rpmvercmp(a, b);
}

/**
 * Compares one part, a version or a release, run by run of digits or letters: `~` < the end < `^` < letters < digits. Everything
 * else only separates, also letters beyond ASCII. rpm, `rpmvercmp`.
 */
export function rpmvercmp(a: string, b: string): number {
  if (a === b) return 0;
  let i = nextRun(a, 0);
  let j = nextRun(b, 0);
  while (i < a.length || j < b.length) {
    const kind = kindOf(a, i);
    const difference = kind - kindOf(b, j);
    if (difference !== 0) return difference;
    const endOfA = runEnd(a, i, kind);
    const endOfB = runEnd(b, j, kind);
    if (kind >= letters) {
      const [one, other] = [a.slice(i, endOfA), b.slice(j, endOfB)];
      const order = kind === digits ? compareNumerals(numeralOf(one), numeralOf(other)) : compareText(one, other);
      if (order !== 0) return order;
    }
    i = nextRun(a, endOfA);
    j = nextRun(b, endOfB);
  }
  return 0;
}

// The kinds of runs in their order.
const separator = -1;
const tilde = 0;
const end = 1;
const caret = 2;
const letters = 3;
const digits = 4;

function kindOf(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (Number.isNaN(code)) return end;
  if (isDigit(code)) return digits;
  if (code === 0x7e) return tilde;
  if (code === 0x5e) return caret;
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ? letters : separator;
}

function nextRun(text: string, index: number): number {
  let at = index;
  while (at < text.length && kindOf(text, at) === separator) at++;
  return at;
}

function runEnd(text: string, start: number, kind: number): number {
  let at = start + 1;
  if (kind >= letters) while (kindOf(text, at) === kind) at++;
  return at;
}
