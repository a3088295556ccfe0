import { mixedBytes } from '@lading/testkit';

/** Contents by path. */
export type Tree = ReadonlyMap<string, Buffer>;

export interface TreeShape {
  readonly name: string;
  readonly bytes: number;
  /** Of the sizes of files: half of them are larger. */
  readonly medianBytes: number;
  /** How far sizes spread: of the logarithm. */
  readonly spread: number;
}

/** The same files for the same shape and seed: what compresses well, little and not at all, in folders of about fifty. */
export function makeTree(shape: TreeShape, seed: number): Map<string, Buffer> {
  const random = randomFrom(seed);
  const tree = new Map<string, Buffer>();
  for (let [total, at] = [0, 0]; total < shape.bytes; at++) {
    const size = sizeOf(shape, random);
    tree.set(`usr/share/part${Math.floor(at / 50)}/file${at}`, mixedBytes(size, seed * 100_003 + at));
    total += size;
  }
  return tree;
}

/** Changes one file of a hundred, at random places: a quarter each is rewritten, has grown, is new, is deleted. */
export function changeTree(tree: Tree, shape: TreeShape, seed: number): Map<string, Buffer> {
  const random = randomFrom(seed);
  const next = new Map(tree);
  const paths = [...tree.keys()];
  const changes = Math.round(paths.length / 100);
  for (let at = 0; at < changes; at++) {
    const path = paths[Math.floor(random() * paths.length)] as string;
    const before = tree.get(path) as Buffer;
    const fresh = (size: number): Buffer => mixedBytes(size, seed * 200_003 + at);
    if (at % 4 === 0) next.set(path, fresh(before.length));
    else if (at % 4 === 1) next.set(path, Buffer.concat([before, fresh(1 + Math.floor(random() * 2000))]));
    else if (at % 4 === 2) next.set(`${path}.new`, fresh(sizeOf(shape, random)));
    else next.delete(path);
  }
  return next;
}

function sizeOf({ medianBytes, spread }: TreeShape, random: () => number): number {
  // Box and Muller: a normal number from two uniform ones.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(1, Math.min(4_000_000, Math.round(medianBytes * Math.exp(spread * normal))));
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
