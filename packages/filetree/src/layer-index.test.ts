import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TarEntryInput } from '@lading/tar';
import fc from 'fast-check';
import { entry, layerOf } from './internal/made-layer.ts';
import type { Layer } from './layer.ts';
import { decodeLayerIndex, encodeLayerIndex, type LayerIndex } from './layer-index.ts';
import { union, unionOfIndexes } from './union.ts';

const { file, directory, symlink, hardlink, device } = entry;

function indexOf(layer: Layer): LayerIndex {
  const bytes = encodeLayerIndex(layer);
  assert.ok(bytes !== undefined);
  const index = decodeLayerIndex(bytes);
  assert.ok(index !== undefined);
  return index;
}

const name = fc.constantFrom('a', 'b', 'c', 'é\udc80');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const member: fc.Arbitrary<TarEntryInput> = fc.oneof(
  path.map((at) => file(at, at)),
  path.map((at) => directory(at, { mode: 0o1750, uid: 7 })),
  fc.tuple(path, path).map(([at, target]) => symlink(at, `/${target}`)),
  fc.tuple(path, path).map(([at, target]) => hardlink(at, target)),
  path.map((at) => file(at.replace(/[^/]+$/, '.wh.$&'))),
  fc
    .oneof(
      fc.constant(''),
      path.map((at) => `${at}/`),
    )
    .map((at) => file(`${at}.wh..wh..opq`)),
);

test('unionOfIndexes() gives the tree that union() gives, whatever the layers', async () => {
  let indexed = 0;
  const layers = fc.array(fc.array(member, { maxLength: 5 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(layers, async (entries) => {
      const read = await Promise.all(entries.map((each) => layerOf(...each)));
      const encoded = read.map(encodeLayerIndex);
      if (encoded.includes(undefined)) return;
      indexed += 1;
      assert.deepEqual([...unionOfIndexes(read.map(indexOf)).walk()], [...union(read).walk()]);
    }),
    { numRuns: 500 },
  );
  assert.ok(indexed > 100, `only ${indexed} stacks of layers could be indexed`);
});

test('an index keeps everything of a node, and finds through links what a tree finds', async () => {
  const xattrs = new Map([['security.capability', Buffer.from([1, 0, 255])]]);
  const lower = await layerOf(
    ...[directory('', { mode: 0o700 }), directory('usr'), directory('usr/bin'), symlink('bin', 'usr/bin')],
    ...[
      file('usr/bin/sh', '#!', { mode: 0o4755, xattrs, userName: 'root', mtime: 1.5 }),
      hardlink('usr/bin/dash', 'usr/bin/sh'),
    ],
    device('null', 1, 3),
  );
  const upper = await layerOf(file('.wh.null'), file('srv/x', 'x'));
  const [fast, slow] = [unionOfIndexes([lower, upper].map(indexOf)), union([lower, upper])];
  assert.deepEqual([fast.get(''), fast.size], [slow.get(''), slow.size]);
  for (const at of ['bin/sh', 'bin/dash', 'srv', 'null', 'bin', 'absent/x']) {
    assert.deepEqual(fast.lookup(at), slow.lookup(at), at);
    assert.deepEqual([fast.resolve(at), fast.list(at)], [slow.resolve(at), slow.list(at)], at);
  }
});

test('a layer whose meaning depends on its order, or on others, has no index', async () => {
  for (const entries of [
    [file('a'), file('a')],
    [symlink('a', 'b'), file('a/x')],
    [file('a/x'), file('a')],
    [hardlink('a', 'below')],
    [directory('d'), hardlink('a', 'd')],
  ])
    assert.equal(encodeLayerIndex(await layerOf(...entries)), undefined);
});

test('decodeLayerIndex() takes nothing that was cut off or damaged', async () => {
  const bytes = encodeLayerIndex(await layerOf(file('a/b', 'b'), symlink('c', 'a')));
  assert.ok(bytes !== undefined);
  for (let length = 0; length < bytes.length; length += 7)
    assert.equal(decodeLayerIndex(bytes.subarray(0, length)), undefined);
  for (let at = 0; at < bytes.length; at += 3) {
    const damaged: Buffer = Buffer.from(bytes);
    damaged.writeUInt8(bytes.readUInt8(at) ^ 4, at);
    assert.equal(decodeLayerIndex(damaged), undefined);
  }
});
