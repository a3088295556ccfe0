import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareNames } from '@lading/tar';
import fc from 'fast-check';
import { FileTree } from './file-tree.ts';
import { entry, layerOf } from './internal/made-layer.ts';
import { union } from './union.ts';

const { file, directory, symlink } = entry;

async function sample(): Promise<FileTree> {
  return union([
    await layerOf(
      directory('usr/lib'),
      file('usr/lib/libc.so'),
      symlink('lib', 'usr/lib'),
      symlink('usr/lib/self', '/lib/libc.so'),
      symlink('escape', '../../../usr'),
      symlink('loop', 'pool'),
      symlink('pool', 'loop'),
      symlink('dangling', '/no/where'),
      file('usr/a-b'),
      directory('usr/a'),
      file('usr/a/x'),
    ),
  ]);
}

test('lookup() follows links within the tree', async () => {
  const tree = await sample();
  for (const path of [
    'lib/libc.so',
    '/lib/libc.so',
    'lib/self',
    'escape/lib/libc.so',
    'lib/../lib/self',
    '../../lib/self',
  ]) {
    assert.equal(tree.lookup(path)?.path, 'usr/lib/libc.so', path);
  }
  assert.equal(tree.lookup('lib')?.path, 'usr/lib');
  assert.equal(tree.lookup('')?.type, 'directory');
});

test('lookup() with follow: false gives the link itself, below followed directories', async () => {
  const tree = await sample();
  assert.equal(tree.lookup('lib', { follow: false })?.path, 'lib');
  assert.equal(tree.lookup('lib/self', { follow: false })?.path, 'usr/lib/self');
});

test('lookup() is undefined for what is absent, dangling, circular or below a file', async () => {
  const tree = await sample();
  for (const path of ['nothing', 'dangling', 'loop', 'loop/x', 'usr/a-b/x'])
    assert.equal(tree.lookup(path), undefined, path);
});

test('get() takes paths as they are', async () => {
  const tree = await sample();
  assert.equal(tree.get('lib')?.type, 'symlink');
  assert.equal(tree.get('lib/libc.so'), undefined);
  assert.equal(tree.get('/usr/lib')?.type, 'directory');
});

test('resolve() keeps what does not exist', async () => {
  const tree = await sample();
  assert.equal(tree.resolve('/lib/new/file'), 'usr/lib/new/file');
  assert.equal(tree.resolve('lib/new/../other'), 'usr/lib/other');
  assert.equal(tree.resolve('dangling/x'), 'no/where/x');
  assert.equal(tree.resolve('../..'), '');
  assert.equal(typeof tree.resolve('loop'), 'string');
});

test('list() gives the names in a directory in byte order, nothing for others', async () => {
  const tree = await sample();
  assert.deepEqual(
    tree.list('usr').map(({ path }) => path),
    ['usr/a', 'usr/a-b', 'usr/lib'],
  );
  assert.equal(tree.list('lib').length, 2);
  assert.deepEqual([tree.list('usr/a-b'), tree.list('absent')], [[], []]);
});

test('walk() gives every path once, in byte order', async () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.x', 'é', '0'), minLength: 1, maxLength: 2 });
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  await fc.assert(
    fc.asyncProperty(fc.array(path, { maxLength: 20 }), async (all) => {
      const tree = union([await layerOf(...all.map((one) => directory(one)))]);
      const walked = [...tree.walk()].map((node) => node.path);
      assert.deepEqual(walked, [...new Set(walked)].sort(compareNames));
      assert.equal(walked.length, tree.size);
      for (const one of all) assert.ok(walked.includes(one));
    }),
  );
});

test('the empty tree has a root and nothing else', () => {
  const tree = new FileTree();
  assert.deepEqual([tree.size, [...tree.walk()].length, tree.get('')?.type], [0, 0, 'directory']);
});
