import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { entry, layerOf } from './internal/made-layer.ts';
import { union } from './union.ts';

const { file, directory, symlink, hardlink } = entry;

async function paths(...layers: Parameters<typeof layerOf>[]): Promise<string[]> {
  const tree = union(await Promise.all(layers.map((entries) => layerOf(...entries))));
  return [...tree.walk()].map(({ path, type, layer }) => `${layer} ${path}${type === 'directory' ? '/' : ''}`);
}

const lower = [directory('a'), file('a/one', '1'), directory('a/d'), file('a/d/two', '2'), file('b', 'b')];

test('union() lays layers over each other; the directory of the upper keeps what is inside', async () => {
  const upper = [directory('a', { mode: 0o700 }), file('a/one', 'new'), file('c')];
  assert.deepEqual(await paths(lower, upper), ['1 a/', '0 a/d/', '0 a/d/two', '1 a/one', '0 b', '1 c']);
});

test('union() hides what whiteouts name, with all below', async () => {
  assert.deepEqual(await paths(lower, [file('a/.wh.d'), file('.wh.b'), file('.wh.absent')]), ['0 a/', '0 a/one']);
});

test('union() hides only lower layers, wherever the whiteout stands in its archive', async () => {
  assert.deepEqual(await paths(lower, [file('a/d/new'), file('a/.wh.d')]), [
    '0 a/',
    '1 a/d/',
    '1 a/d/new',
    '0 a/one',
    '0 b',
  ]);
  assert.deepEqual(await paths(lower, [file('a/new'), file('a/.wh..wh..opq')]), ['0 a/', '1 a/new', '0 b']);
});

test('union() empties an opaque directory, the root too', async () => {
  assert.deepEqual(await paths(lower, [directory('a'), file('a/.wh..wh..opq')]), ['1 a/', '0 b']);
  assert.deepEqual(await paths(lower, [file('.wh..wh..opq'), file('x')]), ['1 x']);
});

test('union() replaces when the type changes, in both directions', async () => {
  assert.deepEqual(await paths(lower, [file('a')]), ['1 a', '0 b']);
  assert.deepEqual(await paths(lower, [directory('b'), file('b/in')]), [
    '0 a/',
    '0 a/d/',
    '0 a/d/two',
    '0 a/one',
    '1 b/',
    '1 b/in',
  ]);
  assert.deepEqual(await paths([file('a'), directory('a'), file('a/x'), symlink('a', 'b')]), ['0 a']);
});

test('union() implies the directories that no entry describes', async () => {
  assert.deepEqual(await paths([file('x/y/z')]), ['0 x/', '0 x/y/', '0 x/y/z']);
});

test('union() gives a hard link the content of its target as it was then', async () => {
  const tree = union([
    await layerOf(file('a', 'old'), hardlink('b', 'a'), hardlink('c', 'b'), hardlink('lost', 'nowhere')),
    await layerOf(file('a', 'newer')),
  ]);
  const b = tree.get('b')!;
  assert.deepEqual([b.type, b.size, b.layer, b.hardLinkOf, b.contentOffset], ['file', 3, 0, 'a', 512]);
  assert.equal(tree.get('c')!.hardLinkOf, 'a');
  assert.deepEqual([tree.get('a')!.size, tree.get('a')!.layer], [5, 1]);
  assert.equal(tree.get('lost')!.type, 'hardlink');
});

test('union() follows a symlink of the same layer inside the tree, as unpacking does', async () => {
  const entries = [
    directory('real'),
    symlink('link', '../../real'),
    file('link/f'),
    symlink('abs', '/real'),
    file('abs/g'),
  ];
  assert.deepEqual(await paths(entries), ['0 abs', '0 link', '0 real/', '0 real/f', '0 real/g']);
});

test("union() replaces a lower layer's symlink by the directory that an entry needs, as overlayfs does", async () => {
  assert.deepEqual(await paths([directory('real'), symlink('link', 'real')], [file('link/f')]), [
    '1 link/',
    '1 link/f',
    '0 real/',
  ]);
});

test('union() refuses paths longer than Linux takes, also when links make them', async () => {
  const deep = 'd/'.repeat(1500);
  const entries = [symlink('l1', deep), file('l1/x'), symlink(`${deep}l2`, deep), file(`${deep}l2/y`)];
  await assert.rejects(paths(entries), (error) => isLadingError(error, 'TAR_UNSUPPORTED'));
});
