import type { Random } from '../../crash/random.ts';

const numbers = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const texts = [
  '\0',
  '\n',
  '\n\n',
  '"',
  '{',
  '[',
  ']',
  '\x1b[2J',
  '\u202e',
  '<img src=x onerror=forged()>',
  '\\u0000',
  '\r',
  '%00',
  '../',
  'A'.repeat(5000),
  '9'.repeat(400),
  '\ufeff',
  ': ',
  '!/',
  '=>',
  'null',
  '-1',
  '1e999',
];

/** The bytes with a few things wrong: flipped, cut, doubled, moved, written over, or with a text in between. */
export function mutate(sound: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(sound);
  for (let times = 1 + random.below(6); times > 0 && bytes.length > 0; times--) bytes = mutateOnce(bytes, random);
  return bytes;
}

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  // Headers and tables are mostly in front or at the end.
  const from = random.pick([0, 0, bytes.length - 200, random.below(bytes.length)]);
  const at = Math.min(Math.max(0, from + random.below(200)), bytes.length - 1);
  const length = Math.min(1 + random.below(random.pick([8, 64, 4096])), bytes.length - at);
  switch (random.below(7)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 4:
      bytes.copyWithin(random.below(bytes.length), at, at + length);
      return bytes;
    case 5: {
      const value = random.pick(numbers);
      const width = random.pick([1, 2, 4] as const);
      if (at + width > bytes.length) return bytes;
      const fitting = value % 2 ** (8 * width);
      if (random.chance(0.5)) bytes.writeUIntLE(fitting, at, width);
      else bytes.writeUIntBE(fitting, at, width);
      return bytes;
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(texts)), bytes.subarray(at)]);
  }
}
