import type { Gate } from './rule.ts';

// Looks at the few bytes behind a keyword, before anything is decoded: names such as "token" stand in every second line of a program, and
// are rarely given a value.

const nameByte = classOf(/[A-Za-z0-9_.-]/);
const gap = classOf(/["'`\])\t ]/);
const sign = classOf(/[=:>,]/);
const userinfoByte = classOf(/[^\s/"'<>`?#@\\{}()]/);

/** Whether what follows a keyword lets its rule begin. */
export function passes(gate: Gate, bytes: Uint8Array, end: number): boolean {
  return gate === 'assignment' ? isAssigned(bytes, end) : hasUserinfo(bytes, end);
}

/** `_KEY" = `, `: `, ` => `, `" value="` … */
function isAssigned(bytes: Uint8Array, end: number): boolean {
  let at = skip(nameByte, bytes, end, 40);
  at = skip(gap, bytes, at, 8);
  return sign[bytes[at] as number] === 1;
}

/** `user:password@`. */
function hasUserinfo(bytes: Uint8Array, end: number): boolean {
  const at = skip(userinfoByte, bytes, end, 300);
  if (bytes[at] !== 0x40) return false;
  const colon = bytes.indexOf(0x3a, end);
  return colon !== -1 && colon < at - 1;
}

function skip(set: Uint8Array, bytes: Uint8Array, from: number, most: number): number {
  let at = from;
  while (at - from < most && set[bytes[at] as number] === 1) at++;
  return at;
}

function classOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (pattern.test(String.fromCharCode(byte)) ? 1 : 0));
}
