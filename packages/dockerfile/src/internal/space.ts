// White space as Go's unicode.IsSpace has it, since that is what Dockerfiles in the wild were accepted by. It differs from
// \s of JavaScript in U+0085 (space here) and U+FEFF (not).
const spaces = new Set('\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000');
for (let code = 0x2000; code <= 0x200a; code++) spaces.add(String.fromCharCode(code));

/** True for one white-space character; false for the empty string. */
export function isSpace(char: string): boolean {
  return spaces.has(char);
}

/** The characters that separate a keyword and plain words. Line feeds never reach them. */
export function isSeparator(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\v' || char === '\f';
}

/** The first index in `start..end` that is not white space. */
export function skipSpace(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && spaces.has(text.charAt(at))) at++;
  return at;
}

/** The end of `start..end` without trailing white space. */
export function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && spaces.has(text.charAt(at - 1))) at--;
  return at;
}

export function trimSpace(text: string): string {
  const start = skipSpace(text, 0, text.length);
  return text.slice(start, trimEnd(text, start, text.length));
}
