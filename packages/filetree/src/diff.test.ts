import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diff } from './diff.ts';
import { FileTree } from './file-tree.ts';
import { entry, layerOf } from './internal/made-layer.ts';
import { union } from './union.ts';

const { file, directory, symlink } = entry;

test('diff() tells what an upper layer did', async () => {
  const base = await layerOf(
    directory('d'),
    file('d/gone'),
    file('d/same', 's'),
    file('f', 'x'),
    directory('t'),
    file('t/in'),
  );
  const top = await layerOf(
    directory('d', { mtime: 5 }),
    file('d/.wh.gone'),
    file('f', 'y'),
    symlink('t', 'd'),
    directory('new'),
    file('new/file'),
  );
  const changes = diff(union([base]), union([base, top]));
  assert.deepEqual(
    changes.map(({ kind, path }) => `${kind} ${path}`),
    ['deleted d/gone', 'modified f', 'added new', 'added new/file', 'modified t'],
  );
});

test('diff() of a tree with itself, or of equal trees, is empty', async () => {
  const layer = await layerOf(directory('d'), file('d/f', 'x', { xattrs: new Map([['user.a', Buffer.from('1')]]) }));
  assert.deepEqual(diff(union([layer]), union([layer])), []);
});

test('diff() sees metadata, attributes, the root, and lists all that was added', async () => {
  const before = union([await layerOf(directory(''), file('a'), file('b'))]);
  const after = union([
    await layerOf(
      directory('', { mode: 0o700 }),
      file('a', '', { uid: 5 }),
      file('b', '', { xattrs: new Map([['user.a', Buffer.from('1')]]) }),
    ),
  ]);
  const shown = diff(before, after).map(({ kind, path }) => `${kind} ${path}`);
  assert.deepEqual(shown, ['modified ', 'modified a', 'modified b']);
  assert.deepEqual(
    diff(new FileTree(), before).map(({ kind }) => kind),
    ['added', 'added'],
  );
});
