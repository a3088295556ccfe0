import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type FileNode, FileTree, union } from '@lading/filetree';
import type { SourceFile } from '../file-source.ts';
import { type PlanOptions, planCopy, planFolder } from './plan.ts';
import type { Selected } from './select.ts';

const plain = { uid: 0, gid: 0, size: 0, mtime: 5 };
const file = (path: string, extra: Partial<SourceFile> = {}): SourceFile => ({
  ...{ ...plain, path, type: 'file', mode: 0o644, size: 1 },
  ...extra,
});
const folder = (path: string, extra: Partial<SourceFile> = {}): SourceFile => ({
  ...{ ...plain, path, type: 'directory', mode: 0o755 },
  ...extra,
});
const symlink = (path: string, linkPath: string): SourceFile => ({ ...file(path), type: 'symlink', size: 0, linkPath });

const treeOf = (...entries: FileNode[]): FileTree => union([{ entries, whiteouts: [] }]);

function selected(one: SourceFile, inside: readonly SourceFile[] = [], more: Partial<Selected> = {}): Selected {
  return { file: one, path: one.path, keptFrom: 0, above: [], inside, ...more };
}

function plan(tree: FileTree, options: Partial<PlanOptions>): string[] {
  const entries = planCopy(tree, {
    ...{ selected: [], inline: [], destination: '/', workdir: '/', parents: false, epoch: 10 },
    ...options,
  });
  return entries.map(
    ({ path, type, mode, uid, gid, linkPath }) =>
      `${path}${type === 'directory' ? '/' : type === 'file' ? '' : ` -> ${linkPath}`} ${mode.toString(8)} ${uid}:${gid}`,
  );
}

test('planCopy() gives a single file the path of the destination, unless that is a folder', () => {
  const empty = new FileTree();
  const one = [selected(file('target/app-1.jar'))];
  assert.deepEqual(plan(empty, { selected: one, destination: '/app.jar' }), ['app.jar 644 0:0']);
  assert.deepEqual(plan(empty, { selected: one, destination: '/lib/' }), ['lib/ 755 0:0', 'lib/app-1.jar 644 0:0']);
  assert.deepEqual(plan(empty, { selected: one, destination: '.', workdir: '/w' }), [
    'w/ 755 0:0',
    'w/app-1.jar 644 0:0',
  ]);
  assert.deepEqual(plan(treeOf(folder('app.jar')), { selected: one, destination: '/app.jar' }), [
    'app.jar/app-1.jar 644 0:0',
  ]);
  assert.deepEqual(plan(empty, { selected: one, destination: 'x', workdir: '/a/b' }), [
    'a/ 755 0:0',
    'a/b/ 755 0:0',
    'a/b/x 644 0:0',
  ]);
});

test('planCopy() refuses several files for one path, and copies files after a folder into it', () => {
  const two = [selected(file('a')), selected(file('b'))];
  assert.throws(
    () => plan(new FileTree(), { selected: two, destination: '/x' }),
    (error) =>
      isLadingError(error, 'BUILD_INVALID') && /both a and b/.test(error.message) && /slash/.test(error.hint ?? ''),
  );
  assert.deepEqual(plan(treeOf(folder('x')), { selected: two, destination: '/x' }), ['x/a 644 0:0', 'x/b 644 0:0']);
  const mixed = [selected(folder('d'), [file('d/in')]), selected(file('a'))];
  assert.deepEqual(plan(new FileTree(), { selected: mixed, destination: '/x' }), [
    'x/ 755 0:0',
    'x/a 644 0:0',
    'x/in 644 0:0',
  ]);
});

test('planCopy() copies the inside of a folder; the folder itself is made plain or kept', () => {
  const one = [
    selected(folder('d', { mode: 0o700, uid: 7 }), [folder('d/sub', { mode: 0o700, uid: 7 }), file('d/sub/f')]),
  ];
  assert.deepEqual(plan(new FileTree(), { selected: one, destination: '/x' }), [
    'x/ 755 0:0',
    'x/sub/ 700 7:0',
    'x/sub/f 644 0:0',
  ]);
  const there = treeOf(folder('x', { mode: 0o711 }), folder('x/sub', { mode: 0o755, uid: 1 }));
  assert.deepEqual(plan(there, { selected: one, destination: '/x' }), ['x/sub/ 700 7:0', 'x/sub/f 644 0:0']);
  const same = treeOf(folder('x/sub', { mode: 0o700, uid: 7, mtime: 99 }));
  assert.deepEqual(plan(same, { selected: one, destination: '/x' }), ['x/sub/f 644 0:0']);
});

test('planCopy() gives new folders and files the owner and the mode, links the owner alone', () => {
  const options = {
    selected: [selected(folder('d'), [folder('d/s'), file('d/s/f'), symlink('d/s/l', '../f')])],
    destination: '/a/b',
    owner: { uid: 5, gid: 6 },
    mode: () => 0o640,
  };
  assert.deepEqual(plan(treeOf(folder('a')), options), [
    'a/b/ 640 5:6',
    'a/b/s/ 640 5:6',
    'a/b/s/f 640 5:6',
    'a/b/s/l -> ../f 777 5:6',
  ]);
});

test('planCopy() of a linked layer leaves folders that every system has as they are there', () => {
  const options = { selected: [selected(file('f'))], owner: { uid: 5, gid: 6 }, mode: () => 0o640, link: true };
  assert.deepEqual(plan(new FileTree(), { ...options, destination: '/var/tmp/own/f' }), [
    'var/ 755 0:0',
    'var/tmp/ 1777 0:0',
    'var/tmp/own/ 640 5:6',
    'var/tmp/own/f 640 5:6',
  ]);
});

test('planCopy() follows links in the destination, replaces one at the end of a copied path', () => {
  const tree = treeOf(folder('usr/lib'), symlink('lib', 'usr/lib'), symlink('out', '/../../etc'), file('usr/lib/real'));
  assert.deepEqual(plan(tree, { selected: [selected(file('f'))], destination: '/lib/f' }), ['usr/lib/f 644 0:0']);
  assert.deepEqual(plan(tree, { selected: [selected(file('f'))], destination: '/out/f' }), [
    'etc/ 755 0:0',
    'etc/f 644 0:0',
  ]);
  const whole = [selected(folder(''), [folder('lib'), file('lib/f'), file('out')])];
  assert.deepEqual(plan(tree, { selected: whole }), ['out 644 0:0', 'usr/lib/f 644 0:0']);
});

test('planCopy() keeps the path behind the pivot with --parents, with the metadata of its folders', () => {
  const one = selected(file('a/b/c/f'), [], {
    keptFrom: 2,
    above: [folder('a/b', { mode: 0o750, uid: 3 }), folder('a/b/c')],
  });
  assert.deepEqual(
    plan(treeOf(folder('x/b/c', { mode: 0o700 })), { selected: [one], destination: '/x', parents: true }),
    ['x/b/ 750 3:0', 'x/b/c/f 644 0:0'].slice(1),
  );
  assert.deepEqual(plan(new FileTree(), { selected: [one], destination: '/x', parents: true }), [
    'x/ 755 0:0',
    'x/b/ 750 3:0',
    'x/b/c/ 755 0:0',
    'x/b/c/f 644 0:0',
  ]);
});

test('planCopy() refuses to put a file over a folder or the reverse, except from an archive', () => {
  const tree = treeOf(folder('x/y'), file('z'));
  const over = [selected(folder('d'), [file('d/y')])];
  const under = [selected(folder('d'), [folder('d/z'), file('d/z/in')])];
  const cases: [Partial<PlanOptions>, RegExp][] = [
    [{ selected: over, destination: '/x' }, /\/x\/y: a folder is/],
    [{ selected: under, destination: '/' }, /\/z: a file is/],
    [{ selected: [selected(file('f'))], destination: '/z/f' }, /\/z is not a folder/],
    [{ selected: [selected(folder('d'), [file('d/.wh.x')])], destination: '/' }, /deleted/],
    [{ selected: [selected(folder('d'), [folder('d/.wh..wh..opq')])], destination: '/' }, /deleted/],
  ];
  for (const [options, message] of cases) {
    assert.throws(
      () => plan(tree, options),
      (error) => isLadingError(error, 'BUILD_INVALID') && message.test(error.message),
      String(message),
    );
  }
  assert.deepEqual(plan(tree, { selected: over, destination: '/x', replace: true }), ['x/y 644 0:0']);
  assert.deepEqual(plan(tree, { selected: under, replace: true }), ['z/ 755 0:0', 'z/in 644 0:0']);
});

test('planCopy() makes the second name of one content a hard link, clamps times, sorts by bytes', () => {
  const entries = planCopy(new FileTree(), {
    selected: [
      selected(folder('d'), [
        file('d/b', { contentId: '0:1', mtime: 99.9 }),
        file('d/a.', { contentId: '0:2' }),
        file('d/a', { contentId: '0:1', mtime: 3.7 }),
      ]),
    ],
    ...{ inline: [], destination: '/', workdir: '/', parents: false, epoch: 10 },
  });
  assert.deepEqual(
    entries.map(({ path, type, mtime, linkPath, size }) => [path, type, mtime, linkPath, size]),
    [
      ['a', 'file', 3, undefined, 1],
      ['a.', 'file', 5, undefined, 1],
      ['b', 'hardlink', 10, 'a', 0],
    ],
  );
});

test('planFolder() makes what is missing and nothing else', () => {
  const owner = { uid: 1, gid: 2 };
  assert.deepEqual(planFolder(treeOf(folder('a/b')), '/a/b', owner, 10), []);
  assert.deepEqual(
    planFolder(treeOf(folder('a')), '/a/b/c', owner, 10).map(({ path, uid, gid }) => [path, uid, gid]),
    [
      ['a/b', 1, 2],
      ['a/b/c', 1, 2],
    ],
  );
  assert.throws(() => planFolder(treeOf(file('a')), '/a/b', owner, 10), /not a folder/);
});

test('planCopy() drops all that is in a folder which an archive replaces, also below folders that are there already', () => {
  const tree = treeOf(folder('a'), folder('a/b'));
  const inside = [folder('a/c'), file('a/c/f'), file('a/b/g'), file('ab'), file('a'), file('x')];
  const all = selected(folder(''), inside);
  assert.deepEqual(plan(tree, { selected: [all], replace: true }), ['a 644 0:0', 'ab 644 0:0', 'x 644 0:0']);
});

test('planCopy() takes an archive that puts folder and file in place of each other again and again', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => file(`n${index}`));
  const turns = Array.from({ length: 20_000 }, () => [folder('d'), file('d')]).flat();
  const started = performance.now();
  assert.equal(
    plan(new FileTree(), { selected: [selected(folder(''), [...many, ...turns])], replace: true }).length,
    20_001,
  );
  assert.ok(performance.now() - started < 3000); // a pass over all entries for each takes far longer
});
