import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { sliceApp } from './slices.ts';

const paths = ['a', 'a/b', 'a/b/one.txt', 'a/two.txt', 'empty', 'three.js', 'z.txt'];
const app = paths.map((path) => ({ path, isFolder: ['a', 'a/b', 'empty'].includes(path) }));
const slice = (...slices: string[][]) => sliceApp(app, slices).map((layer) => layer.join(' '));

test('each slice takes what it matches, with folders above, and the last layer the rest', () => {
  assert.deepEqual(slice(), [paths.join(' ')]);
  assert.deepEqual(slice(['*.txt']), ['z.txt', 'a a/b a/b/one.txt a/two.txt empty three.js']);
  assert.deepEqual(slice(['a/b'], ['a', '/workspace/three.js']), [
    'a a/b a/b/one.txt',
    'a a/two.txt three.js',
    'empty z.txt',
  ]);
  assert.deepEqual(slice(['none'], ['*']), [paths.join(' '), '']);
});

test('a pattern that leads out of the application is refused', () => {
  for (const pattern of ['../x', '/etc', 'a/../../x'])
    assert.throws(
      () => slice([pattern]),
      (error) => isLadingError(error, 'BUILDPACK_INVALID'),
    );
});

test('whatever the slices, every file is in one layer, behind its folders', () => {
  const pattern = fc.constantFrom('*', 'a', 'a/*', '*.txt', 'a/b', 'a/b/*', 'empty');
  fc.assert(
    fc.property(fc.array(fc.array(pattern, { maxLength: 2 }), { maxLength: 4 }), (slices) => {
      const layers = sliceApp(app, slices);
      for (const { path, isFolder } of app) {
        const times = layers.filter((layer) => layer.includes(path)).length;
        assert.ok(isFolder ? times >= 1 : times === 1);
      }
      for (const layer of layers)
        for (const path of layer) {
          const folder = path.split('/').slice(0, -1).join('/');
          assert.ok(folder === '' || layer.indexOf(folder) < layer.indexOf(path));
          assert.ok(folder === '' || layer.includes(folder));
        }
    }),
  );
});
