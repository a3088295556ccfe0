import { type Bytes, collect, fromBuffer } from '@lading/bytes';
import { writeTar } from '@lading/tar';
import { mixedBytes } from '@lading/testkit';

/** Paths and contents. */
export type FileTree = ReadonlyMap<string, Buffer>;

/** So many files of 2 to 60 KB, the same for the same seed. */
export function fileTree(files: number, seed = 1): Map<string, Buffer> {
  const tree = new Map<string, Buffer>();
  for (let at = 0; at < files; at++) {
    const size = 2000 + (((at + 1) * 7919 * seed) % 58_000);
    tree.set(`usr/lib/part${at % 10}/file${at}`, mixedBytes(size, seed * 1000 + at));
  }
  return tree;
}

/** The tree with one file rewritten, one grown, one new and one deleted, all in different places. */
export function updated(tree: FileTree): Map<string, Buffer> {
  const paths = [...tree.keys()];
  const path = (share: number): string => paths[Math.floor(paths.length * share)] as string;
  const next = new Map(tree);
  next.set(path(0.2), mixedBytes((tree.get(path(0.2)) as Buffer).length, 99));
  next.set(path(0.4), Buffer.concat([tree.get(path(0.4)) as Buffer, mixedBytes(777, 98)]));
  next.set(`${path(0.6)}.new`, mixedBytes(20_000, 97));
  next.delete(path(0.8));
  return next;
}

export function tarOf(tree: FileTree): Bytes {
  const header = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
  const paths = [...tree.keys()].sort();
  return writeTar(
    paths.map((path) => {
      const data = tree.get(path) as Buffer;
      return { ...header, path, size: data.length, content: fromBuffer(data) };
    }),
  );
}

export function collected(bytes: Bytes): Promise<Buffer> {
  return collect(bytes, { maxBytes: 1e9, what: 'test data' });
}
