import { numberAt, numbersOf } from './numbers.ts';

/** Which records know an id, as their own or as an alias: pairs of the id's hash and the record's number, sorted. */
export function idIndex(ids: Iterable<readonly [id: string, record: number]>): Buffer {
  const pairs = new Set<bigint>();
  for (const [id, record] of ids) pairs.add((BigInt(hashOf(id)) << 32n) | BigInt(record));
  const sorted = BigUint64Array.from(pairs).sort();
  const numbers = new Uint32Array(sorted.length * 2);
  sorted.forEach((pair, index) => {
    numbers[index * 2] = Number(pair >> 32n);
    numbers[index * 2 + 1] = Number(pair & 0xffffffffn);
  });
  return numbersOf(numbers);
}

/** The records that may know an id: hashes collide, so the caller compares. Throws ADVISORIES_DAMAGED. */
export function* recordsOf(index: Buffer, id: string): Generator<number> {
  const hash = hashOf(id);
  const count = index.length >>> 3;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numberAt(index, middle * 2) < hash) low = middle + 1;
    else high = middle;
  }
  for (; low < count && numberAt(index, low * 2) === hash; low++) yield numberAt(index, low * 2 + 1);
}

/** FNV-1a, 32 bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
