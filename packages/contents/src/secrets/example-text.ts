import { createHash } from 'node:crypto';

// Examples are written without their secrets: `ghp_{alnum:36}` becomes a token only in memory. Nothing in a repository or a package of Lading
// looks like a secret, to nobody's scanner.

const lowers = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const uppers = lowers.toUpperCase();

const alphabets: Readonly<Record<string, string>> = {
  digits,
  lowers,
  uppers,
  letters: lowers + uppers,
  hex: `${digits}abcdef`,
  HEX: `${digits}ABCDEF`,
  alnum: lowers + uppers + digits,
  loweralnum: lowers + digits,
  upperalnum: uppers + digits,
  base32: `${uppers}234567`,
  lowerbase32: `${lowers}234567`,
  base64: `${uppers}${lowers}${digits}+/`,
  word: `${uppers}${lowers}${digits}_-`,
  x: 'x',
  X: 'X',
  A: 'A',
  zeros: '0',
  bech32: 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
};

/**
 * The text of an example: `{hex:40}` becomes 40 hexadecimal digits, `{uuid}` a UUID, `{basic:name}` the base64 of a user and a password,
 * `{url64:…}` and `{std64:…}` the base64 of what stands there, `{pem:12}` twelve lines of base64, `{begin:…}` and `{end:…}` those around them, `{ref:NAME}` a reference of shells, `{dollar}` the sign, `{none}` nothing. The same template gives the same text.
 */
export function exampleText(template: string): string {
  const random = randomBytes(template);
  const chars = (alphabet: string, count: number): string =>
    Array.from({ length: count }, () => alphabet[random() % alphabet.length]).join('');
  const known = (name: string): string => alphabets[name] as string;
  return template.replace(/\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}/g, (all, name: string, rest = '') => {
    if (name in alphabets) return chars(known(name), Number(rest));
    if (name === 'uuid') return [8, 4, 4, 4, 12].map((count) => chars(known('hex'), count)).join('-');
    if (name === 'basic') return Buffer.from(`${rest}:${chars(known('alnum'), 16)}`).toString('base64');
    if (name === 'std64') return Buffer.from(rest).toString('base64');
    if (name === 'url64') return Buffer.from(rest).toString('base64url');
    if (name === 'pem') return Array.from({ length: Number(rest) }, () => chars(known('base64'), 64)).join('\n');
    if (name === 'none') return '';
    if (name === 'dollar') return '$';
    if (name === 'ref') return `\${${rest}}`;
    if (name === 'begin' || name === 'end') return `-----${name.toUpperCase()} ${rest}-----`;
    return all;
  });
}

/** Bytes that depend on the seed alone. */
function randomBytes(seed: string): () => number {
  let block = createHash('sha256').update(seed).digest();
  let at = 0;
  return () => {
    if (at === block.length) {
      block = createHash('sha256').update(block).digest();
      at = 0;
    }
    return block[at++] as number;
  };
}
