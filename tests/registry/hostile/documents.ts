// Manifests that nobody should send: JSON that is deep, huge, of other types than expected, or no JSON.
import type { Random } from '../../crash/random.ts';

export interface Digests {
  readonly known: readonly string[];
  readonly hidden: readonly string[];
}

const absent = `sha256:${'0'.repeat(63)}1`;
const limit = 4 << 20;

export function anyDigest(random: Random, { known, hidden }: Digests): string {
  return random.pick([
    ...known,
    ...known,
    ...hidden,
    absent,
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `sha512:${'b'.repeat(128)}`,
    `md5:${'c'.repeat(32)}`,
    'sha256:',
    ':',
    '__proto__:constructor',
    `sha256:${'d'.repeat(64)}\0`,
    `sha256:${'e'.repeat(5000)}`,
    'é:😀',
  ]);
}

/** JSON values as texts, so that there are some that JSON.stringify would never give. */
function anyValue(random: Random, depth = 0): string {
  const leaf = ['null', 'true', '0', '-1', '1e999', '9007199254740993', '1.5', '""', '"x"', '"\\u0000"', '"\\ud800"'];
  if (depth > 3 || random.chance(0.6)) return random.pick([...leaf, JSON.stringify('a'.repeat(random.below(3000)))]);
  if (random.chance(0.5)) return `[${anyValue(random, depth + 1)},${anyValue(random, depth + 1)}]`;
  const key = random.pick(['"__proto__"', '"constructor"', '"toString"', '"a"', '"digest"', '""']);
  return `{${key}:${anyValue(random, depth + 1)},${key}:${anyValue(random, depth + 1)}}`;
}

function descriptor(random: Random, digests: Digests): string {
  if (random.chance(0.1)) return anyValue(random);
  const fields = [
    `"mediaType":${random.chance(0.8) ? '"application/vnd.oci.image.layer.v1.tar"' : anyValue(random)}`,
    `"digest":${random.chance(0.9) ? JSON.stringify(anyDigest(random, digests)) : anyValue(random)}`,
    `"size":${random.chance(0.7) ? random.pick(['0', '14', '100']) : anyValue(random)}`,
    ...(random.chance(0.2) ? [`"annotations":${anyValue(random)}`] : []),
    ...(random.chance(0.1) ? [`"urls":${anyValue(random)}`, `"data":${anyValue(random)}`] : []),
    ...(random.chance(0.1) ? [`"platform":${anyValue(random)}`] : []),
  ];
  return `{${fields.filter(() => random.chance(0.95)).join(',')}}`;
}

function list(random: Random, digests: Digests): string {
  if (random.chance(0.1)) return anyValue(random);
  const count = random.chance(0.03) ? 20_000 : random.below(4);
  const one = descriptor(random, digests);
  return `[${Array.from({ length: count }, () => (count > 10 ? one : descriptor(random, digests))).join(',')}]`;
}

export function anyManifest(random: Random, digests: Digests): Buffer {
  const way = random.below(16);
  if (way === 0) return Buffer.from(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
  if (way === 1) return Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  if (way === 2) return Buffer.from([0xff, 0xfe, 0x7b, 0x7d, 0xc3, 0x28]);
  if (way === 3) return Buffer.from(anyValue(random));
  if (way === 4) return Buffer.alloc(random.pick([limit - 2, limit, limit + 1, limit * 2]), ' ');
  const index = random.chance(0.4);
  const type = index ? 'index' : 'manifest';
  const fields = [
    `"schemaVersion":${random.chance(0.9) ? '2' : anyValue(random)}`,
    `"mediaType":${random.chance(0.9) ? `"application/vnd.oci.image.${type}.v1+json"` : anyValue(random)}`,
    ...(index
      ? [`"manifests":${list(random, digests)}`]
      : [`"config":${descriptor(random, digests)}`, `"layers":${list(random, digests)}`]),
    ...(random.chance(0.4) ? [`"subject":${descriptor(random, digests)}`] : []),
    ...(random.chance(0.3) ? [`"annotations":${random.chance(0.5) ? '{"a":"b"}' : anyValue(random)}`] : []),
    ...(random.chance(0.2) ? [`"artifactType":${anyValue(random)}`] : []),
    ...(random.chance(0.2) ? [`"__proto__":${anyValue(random)}`] : []),
    ...(random.chance(0.05) ? [`"schemaVersion":1,"signatures":[],"fsLayers":[]`] : []),
  ];
  let text = `{${fields.join(',')}}`;
  if (way === 5) text = text.slice(0, random.below(text.length));
  if (way === 6) text = text.padEnd(limit - random.below(2), ' ');
  const bytes = Buffer.from(text);
  if (way === 7 && bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}
