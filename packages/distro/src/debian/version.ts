import { LadingError } from '@lading/errors';

/** The three parts of a Debian version. Debian Policy §5.6.12. */
export interface DebianVersion {
  readonly epoch: number;
  readonly upstream: string;
  /** Empty when the version has none, which sorts as `0` does. */
  readonly revision: string;
}

const upstreamPattern = /^[A-Za-z0-9.+~:-]+$/;
const revisionPattern = /^[A-Za-z0-9.+~]+$/;

/** Splits `epoch:upstream-revision`. Throws CONTROL_INVALID. */
export function parseDebianVersion(text: string): DebianVersion {
  const version = split(text);
  const fault = faultOf(version);
  if (fault === undefined) return { epoch: version.epoch, upstream: version.upstream, revision: version.revision };
  throw new LadingError('CONTROL_INVALID', `Cannot parse Debian version "${text.slice(0, 200)}": ${fault}`, {
    hint: 'A version looks like 2:1.21.3-4+deb12u1.',
  });
}

interface SplitVersion extends DebianVersion {
  readonly hasRevision: boolean;
}

// The epoch ends at the first colon, the revision starts after the last hyphen.
function split(text: string): SplitVersion {
  const colon = text.indexOf(':');
  const epochText = colon < 0 ? '0' : text.slice(0, colon);
  const rest = colon < 0 ? text : text.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: /^[0-9]{1,9}$/.test(epochText) ? Number(epochText) : Number.NaN,
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
    hasRevision: hyphen >= 0,
  };
}

function faultOf(version: SplitVersion): string | undefined {
  if (Number.isNaN(version.epoch)) return 'the epoch before the colon is not a number';
  if (version.upstream === '') return 'the upstream version is empty';
  if (!upstreamPattern.test(version.upstream))
    return 'the upstream version has characters other than A-Z a-z 0-9 . + ~ : -';
  if (version.hasRevision && version.revision === '') return 'the revision after the hyphen is empty';
  if (version.hasRevision && !revisionPattern.test(version.revision)) {
    return 'the revision has characters other than A-Z a-z 0-9 . + ~';
  }
  return undefined;
}

/**
 * Negative, zero or positive as `a` is older than, the same as or newer than `b`. Total: text that is not a valid version is
 * compared by the same rule, so that sorting foreign data never throws. Debian Policy §5.6.12.
 */
export function compareDebianVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = split(a);
  const right = split(b);
  const epochs = (Number.isNaN(left.epoch) ? 0 : left.epoch) - (Number.isNaN(right.epoch) ? 0 : right.epoch);
  return epochs || compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision);
}

// Alternates between a run of non-digits, compared by weight, and a run of digits, compared as a number of any length.
function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a.charCodeAt(i))) || (j < b.length && !isDigit(b.charCodeAt(j)))) {
      const difference = weight(a, i) - weight(b, j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    while (a.charCodeAt(i) === 0x30) i++;
    while (b.charCodeAt(j) === 0x30) j++;
    let first = 0;
    while (isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      first ||= a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (isDigit(a.charCodeAt(i))) return 1;
    if (isDigit(b.charCodeAt(j))) return -1;
    if (first !== 0) return first;
  }
  return 0;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

// `~` sorts before the end, the end (and a digit, which ends the run) before letters, letters before everything else.
function weight(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (Number.isNaN(code) || isDigit(code)) return 0;
  if (code === 0x7e) return -1;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isLetter ? code : code + 256;
}
