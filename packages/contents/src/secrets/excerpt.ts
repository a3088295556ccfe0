import { redact } from '@lading/errors';

/** A secret and where it stands, as offsets of bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** How many of its first bytes are the same in every secret of the kind, such as `ghp_`: these are shown. */
  readonly shown: number;
}

/** Bytes of the line that are shown before and after the secret. */
export const contextBytes = 60;

const mask = '********';

/** Values that stand beside the secret under names of secrets, whether a rule takes them for some or not. */
const neighbours =
  /((?:pass(?:word|wd|phrase)?|pwd|secret|token|key|credential)[\w.-]{0,20}["'\\]{0,2}\s{0,3}[:=]\s{0,3}["'\\]{0,2})([^\s"',;*]{6,})/gi;
const controls = /[\p{Cc}\p{Cf}\u2028\u2029\ufffd]+/gu;

/**
 * The line around a secret, in which it and every other secret is replaced by asterisks. `all` is every secret that is known nearby, sorted;
 * nothing at or after `end` is shown, for it was not looked at yet. Control characters are left out: it is printed on terminals.
 */
export function excerptOf(bytes: Uint8Array, secret: Span, all: readonly Span[], end: number): string {
  const from = lineStart(bytes, Math.max(0, secret.start - contextBytes), secret.start);
  const to = lineEnd(bytes, secret.start, Math.max(secret.start, Math.min(end, secret.end + contextBytes)));
  let text = '';
  let at = from;
  for (const { start, end: spanEnd, shown } of merged(all)) {
    if (spanEnd <= at || start >= to) continue;
    if (start > at) text += decode(bytes, at, start);
    text += start >= from ? decode(bytes, start, start + shown) + mask : mask;
    at = Math.max(at, spanEnd);
  }
  if (at < to) text += decode(bytes, at, to);
  return redact(text).replace(neighbours, `$1${mask}`).replace(controls, ' ').trim();
}

/** Secrets that lie over each other as one: what several rules found. */
function merged(all: readonly Span[]): readonly Span[] {
  const spans: Span[] = [];
  for (const span of all) {
    const last = spans.at(-1);
    if (last === undefined || span.start >= last.end) spans.push(span);
    else {
      const shown = span.start === last.start ? Math.max(span.shown, last.shown) : last.shown;
      spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, span.end), shown };
    }
  }
  return spans;
}

function lineStart(bytes: Uint8Array, from: number, to: number): number {
  for (let at = to - 1; at >= from; at--) if (bytes[at] === 10 || bytes[at] === 13) return at + 1;
  return from;
}

function lineEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) if (bytes[at] === 10 || bytes[at] === 13) return at;
  return to;
}

function decode(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, to));
}
