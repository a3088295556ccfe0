import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { opaqueOf, type TarEntryInput, whiteoutOf } from '@lading/tar';
import fc from 'fast-check';
import type { FileNode } from '../file-node.ts';
import { entry, layerTar } from '../internal/made-layer.ts';
import { type Layer, readLayer } from '../layer.ts';
import { union } from '../union.ts';
import { compareTrees } from './compare-trees.ts';
import { changeIn, nodeAt, type PathHistory, pathHistory } from './path-history.ts';
import { wasteOf } from './waste.ts';

const names = fc.constantFrom('a', 'b', 'c');
const path = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const member: fc.Arbitrary<TarEntryInput> = fc.oneof(
  fc.tuple(path, fc.constantFrom('', 'x', 'yy', 'zzz')).map(([at, text]) => entry.file(at, text)),
  fc.tuple(path, fc.constantFrom(0o755, 0o700)).map(([at, mode]) => entry.directory(at, { mode })),
  fc.tuple(path, path).map(([at, target]) => entry.hardlink(at, target)),
  fc.tuple(path, path).map(([at, target]) => entry.symlink(at, `/${target}`)),
  path.map((at) => entry.file(whiteoutOf(at))),
  path.map((at) => entry.file(opaqueOf(at))),
);
const stack = fc.array(fc.array(member, { maxLength: 8 }), { minLength: 1, maxLength: 5 });

async function read(entries: readonly TarEntryInput[]): Promise<Layer> {
  return readLayer(fromBuffer(await layerTar(entries)), { digests: true });
}

/** What a history says of every path at a layer. */
function shownAt(history: PathHistory, layer: number): Map<string, FileNode> {
  const shown = new Map<string, FileNode>();
  const visit = (at: PathHistory): void => {
    const node = nodeAt(at, layer);
    if (node !== undefined && at.path !== '') shown.set(at.path, node);
    for (const child of at.children.values()) visit(child);
  };
  visit(history);
  return shown;
}

/** Entries below symlinks may go in circles, which is an error of the layers and not of what looks at them. */
async function layersFrom(entries: readonly (readonly TarEntryInput[])[]): Promise<Layer[] | undefined> {
  const layers = await Promise.all(entries.map(read));
  try {
    union(layers);
    return layers;
  } catch {
    return undefined;
  }
}

test('a path history shows at every layer the union of the layers up to it, and as changes what differs', async () => {
  await fc.assert(
    fc.asyncProperty(stack, async (entries) => {
      const layers = await layersFrom(entries);
      if (layers === undefined) return;
      const history = pathHistory(layers);
      let before = new Map<string, FileNode>();
      for (const index of layers.keys()) {
        const tree: Map<string, FileNode> = new Map(
          [...union(layers.slice(0, index + 1)).walk()].map((node) => [node.path, node]),
        );
        const shown = shownAt(history, index);
        assert.deepEqual(new Map([...shown].sort()), new Map([...tree].sort()));
        const visit = (at: PathHistory): void => {
          const change = changeIn(at, index);
          const [lower, upper] = [before.get(at.path), tree.get(at.path)];
          if (change === 'added') assert.ok(lower === undefined && upper !== undefined);
          else if (change === 'removed') assert.ok(lower !== undefined && upper === undefined);
          else assert.equal(lower === undefined, upper === undefined);
          if (change === undefined && upper?.type !== 'directory') assert.deepEqual(lower, upper);
          for (const child of at.children.values()) visit(child);
        };
        for (const child of history.children.values()) visit(child);
        before = tree;
      }
    }),
    { numRuns: 150 },
  );
});

test('waste is what the layers carry less one copy of each content that the image shows', async () => {
  await fc.assert(
    fc.asyncProperty(stack, async (entries) => {
      const layers = await layersFrom(entries);
      if (layers === undefined) return;
      const waste = wasteOf(layers, pathHistory(layers));
      const stored = layers.flatMap((layer) => layer.entries).reduce((sum, { size }) => sum + size, 0);
      const contents = new Map<string, number>();
      const places = new Map<string, number>();
      for (const { type, sha256 = '', size, layer, contentOffset } of union(layers).walk()) {
        if (type !== 'file') continue;
        contents.set(sha256, size);
        places.set(`${layer} ${contentOffset}`, size);
      }
      const sum = (sizes: Iterable<number>): number => [...sizes].reduce((all, size) => all + size, 0);
      assert.equal(waste.stored, stored);
      assert.equal(waste.hiddenBytes, stored - sum(places.values()));
      assert.equal(waste.duplicateBytes, sum(places.values()) - sum(contents.values()));
      assert.equal(waste.efficiency, stored === 0 ? 1 : sum(contents.values()) / stored);
      assert.equal(sum(waste.hidden.map(({ size }) => size)), waste.hiddenBytes);
      for (const { by, layer } of waste.hidden) assert.ok(by.layer >= layer);
    }),
    { numRuns: 150 },
  );
});

test('waste names who hid what: the topmost directory that went, and the layer that took it', async () => {
  const layers = await Promise.all([
    read([entry.file('var/lists/one', '12345'), entry.file('var/lists/two', '123'), entry.file('etc/conf', 'a')]),
    read([entry.file('var/.wh.lists'), entry.file('etc/conf', 'bb'), entry.file('copy', 'bb')]),
    read([entry.file('again', '1'), entry.file('again', '22'), entry.hardlink('linked', 'copy')]),
  ]);
  const { hidden, duplicates, efficiency } = wasteOf(layers, pathHistory(layers));
  assert.deepEqual(hidden, [
    { path: 'var/lists/one', layer: 0, size: 5, by: { layer: 1, kind: 'removed', path: 'var/lists' } },
    { path: 'var/lists/two', layer: 0, size: 3, by: { layer: 1, kind: 'removed', path: 'var/lists' } },
    { path: 'etc/conf', layer: 0, size: 1, by: { layer: 1, kind: 'replaced', path: 'etc/conf' } },
    { path: 'again', layer: 2, size: 1, by: { layer: 2, kind: 'replaced', path: 'again' } },
  ]);
  assert.deepEqual(
    duplicates.map(({ paths, size, wasted }) => ({ paths: [...paths].sort(), size, wasted })),
    [{ paths: ['copy', 'etc/conf'], size: 2, wasted: 2 }],
  );
  assert.equal(efficiency, 4 / 16);
});

test('compareTrees() of a tree with itself finds nothing, and of two finds what turns one into the other', async () => {
  await fc.assert(
    fc.asyncProperty(stack, stack, async (one, other) => {
      const [before, after] = await Promise.all([layersFrom(one), layersFrom(other)]);
      if (before === undefined || after === undefined) return;
      const [lower, upper] = [union(before), union(after)];
      assert.deepEqual([...compareTrees(lower, lower)], []);
      const paths = new Set([...lower.walk()].map((node) => node.path));
      for (const difference of compareTrees(lower, upper)) {
        if (difference.kind === 'added') assert.equal(paths.has(difference.path), false);
        if (difference.kind === 'added') paths.add(difference.path);
        if (difference.kind === 'removed') assert.ok(paths.delete(difference.path));
      }
      assert.deepEqual([...paths].sort(), [...upper.walk()].map((node) => node.path).sort());
    }),
    { numRuns: 60 },
  );
});

test('compareTrees() says in what a path differs', async () => {
  const tree = async (...entries: TarEntryInput[]): Promise<ReturnType<typeof union>> => union([await read(entries)]);
  const before = await tree(
    entry.file('f', 'one'),
    entry.symlink('l', 'x'),
    entry.file('t', 'same', { mtime: 1 }),
    entry.file('k'),
  );
  const after = await tree(
    entry.file('f', 'two', { mode: 0o600, uid: 5 }),
    entry.symlink('l', 'y'),
    entry.file('t', 'same', { mtime: 2 }),
    entry.directory('k'),
  );
  const changes = (times: boolean): unknown[] =>
    [...compareTrees(before, after, { times })].map((found) => [found.path, 'aspects' in found && found.aspects]);
  assert.deepEqual(changes(false), [
    ['f', ['content', 'mode', 'owner']],
    ['k', ['type']],
    ['l', ['link']],
  ]);
  assert.deepEqual(changes(true).at(-1), ['t', ['time']]);
});
