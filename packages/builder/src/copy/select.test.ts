import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseIgnore } from '@lading/dockerfile';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { openLocalContext } from '../context/local-context.ts';
import type { FileSource } from '../file-source.ts';
import { type SelectOptions, select } from './select.ts';

async function source(t: TestContext, paths: readonly string[], ignore = ''): Promise<FileSource> {
  const folder = await temporaryFolder(t);
  for (const path of paths) {
    const [name = '', target] = path.split(' -> ');
    await mkdir(dirname(join(folder, name)), { recursive: true });
    if (target === undefined) await writeFile(join(folder, name), '');
    else await symlink(target, join(folder, name));
  }
  return openLocalContext({ folder, ignore: parseIgnore(ignore), epoch: 1 });
}

async function names(
  from: FileSource,
  patterns: readonly string[],
  options: Partial<SelectOptions> = {},
): Promise<string[]> {
  const found = await select(from, patterns, { exclude: [], parents: false, ...options });
  return found.map(({ path, inside, above }) => {
    const below = inside.length === 0 ? '' : `: ${inside.map((file) => file.path).join(' ')}`;
    return (above.length === 0 ? '' : `[${above.map((file) => file.path).join(' ')}] `) + (path || '.') + below;
  });
}

test('select() finds files and folders by path, whatever the dots and slashes', async (t) => {
  const from = await source(t, ['a', 'd/x', 'd/e/y']);
  assert.deepEqual(await names(from, ['./a', '/d/', 'd/../a', '../../a']), ['a', 'd: d/e d/e/y d/x', 'a', 'a']);
  assert.deepEqual(await names(from, ['.']), ['.: a d d/e d/e/y d/x']);
  await assert.rejects(
    names(from, ['a', 'nothing']),
    (error) => isLadingError(error, 'BUILD_INVALID') && /"nothing" from the build context/.test(error.message),
  );
});

test('select() matches wildcards within a folder, and only there', async (t) => {
  const from = await source(t, ['a.txt', 'b.txt', 'd/c.txt', 'd/e/f.txt', 'x[1', 'l -> d']);
  assert.deepEqual(await names(from, ['*.txt']), ['a.txt', 'b.txt']);
  assert.deepEqual(await names(from, ['d/*']), ['d/c.txt', 'd/e: d/e/f.txt']);
  assert.deepEqual(await names(from, ['*/*.txt']), ['d/c.txt']);
  assert.deepEqual(await names(from, ['l/*.txt']), ['l/c.txt']);
  assert.deepEqual(await names(from, ['x[[]1', '?.txt']), ['x[1', 'a.txt', 'b.txt']);
  assert.deepEqual(await names(from, ['*.none', 'a.tx[t]']), ['a.txt']);
  await assert.rejects(names(from, ['none/*.txt']), (error) => isLadingError(error, 'BUILD_INVALID'));
});

test('select() leaves out what is ignored, and folders without anything in them that is not', async (t) => {
  const from = await source(t, ['src/keep', 'src/deep/keep', 'src/drop', 'other/x'], '*\n!src/**/keep\n!src/keep');
  assert.deepEqual(await names(from, ['.']), ['.: src src/deep src/deep/keep src/keep']);
  assert.deepEqual(await names(from, ['src']), ['src: src/deep src/deep/keep src/keep']);
  assert.deepEqual(await names(from, ['*']), ['src: src/deep src/deep/keep src/keep']);
  await assert.rejects(names(from, ['other']), (error) => isLadingError(error, 'BUILD_INVALID'));
});

test('select() takes --exclude relative to the folder that is copied, exceptions too', async (t) => {
  const from = await source(t, ['web/a.js', 'web/a.map', 'web/sub/b.map', 'web/sub/keep.map', 'c.map']);
  assert.deepEqual(await names(from, ['web'], { exclude: ['*.map'] }), [
    'web: web/a.js web/sub web/sub/b.map web/sub/keep.map',
  ]);
  assert.deepEqual(await names(from, ['web'], { exclude: ['**/*.map', '!sub/keep.map'] }), [
    'web: web/a.js web/sub web/sub/keep.map',
  ]);
  assert.deepEqual(await names(from, ['web'], { exclude: ['sub', '!sub/keep.map'] }), [
    'web: web/a.js web/a.map web/sub web/sub/keep.map',
  ]);
  assert.deepEqual(await names(from, ['c.map', 'web/a*'], { exclude: ['*.map'] }), ['web/a.js']);
});

test('select() gives --parents the folders above, from the pivot on', async (t) => {
  const from = await source(t, ['a/b/c/f', 'a/b/g', 'a/h']);
  const parents = true;
  assert.deepEqual(await names(from, ['a/b/c/f'], { parents }), ['[a a/b a/b/c] a/b/c/f']);
  assert.deepEqual(await names(from, ['a/./b/c/f'], { parents }), ['[a/b a/b/c] a/b/c/f']);
  assert.deepEqual(await names(from, ['a/**/g', '**/f'], { parents }), ['[a a/b] a/b/g', '[a a/b a/b/c] a/b/c/f']);
  assert.deepEqual(await names(from, ['a/./b'], { parents, exclude: ['b/c'] }), ['a/b: a/b/g']);
  assert.deepEqual(await names(from, ['a/./.'], { parents }), ['a: a/b a/b/c a/b/c/f a/b/g a/h']);
});

test('select() follows a link that is named, and takes it as it is with --parents', async (t) => {
  const from = await source(t, ['d/f', 'd/l -> f', 'dl -> d']);
  const types = async (parents: boolean): Promise<string[]> =>
    (await select(from, ['d/l', 'dl', 'd/*'], { exclude: [], parents })).map(
      ({ path, file }) => `${path} ${file.type}`,
    );
  assert.deepEqual(await types(false), ['d/l file', 'dl directory', 'd/f file', 'd/l file']);
  assert.deepEqual(await types(true), ['d/l symlink', 'dl symlink', 'd/f file', 'd/l symlink']);
});
