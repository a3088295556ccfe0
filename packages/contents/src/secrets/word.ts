/** The most bytes that a word reaches back. */
const longestWord = 640;

const wordByte = classOf(/[A-Za-z0-9_]/);
const tokenByte = classOf(/[A-Za-z0-9_-]/);

/** Whether no word goes on at `at`: the byte before is none of a word, or belongs to an escape such as `\n`. */
export function isBoundary(bytes: Uint8Array, at: number): boolean {
  if (at <= 0) return at === 0;
  const byte = bytes[at - 1] as number;
  if (wordByte[byte] === 0) return true;
  const escapes = byte === 0x6e || byte === 0x72 || byte === 0x74;
  return escapes && bytes[at - 2] === 0x5c;
}

/** Where the word begins that ends before `at`. */
export function wordStart(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && at - start < longestWord && tokenByte[bytes[start - 1] as number] === 1) start--;
  return start;
}

function classOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (pattern.test(String.fromCharCode(byte)) ? 1 : 0));
}
