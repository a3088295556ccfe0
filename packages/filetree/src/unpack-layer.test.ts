import assert from 'node:assert/strict';
import { chmod, lstat, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import { entry, layerTar, textOf } from './internal/made-layer.ts';
import { scanLayer } from './scan-layer.ts';
import { isRoot, unpack } from './testing/unpacked.ts';
import { unpackLayer } from './unpack-layer.ts';

const { file, directory, symlink, hardlink, device } = entry;

test('unpackLayer() keeps content, modes, times, links and names of any bytes', async (t) => {
  const folder = join(await temporaryFolder(t), 'new/folder');
  const big = 'x'.repeat(700_000);
  await unpack(folder, [
    directory('', { mode: 0o711 }),
    directory('d', { mode: 0o1777, mtime: 1000 }),
    file('d/set', 'setuid', { mode: 0o4755, mtime: 2000.5 }),
    file('d/\udcff é', 'raw'),
    file('big', big),
    hardlink('same', 'd/set'),
    symlink('d/link', '/etc/\udcfe'),
    hardlink('link too', 'd/link'),
    file('implied/by/path', ''),
    directory('locked', { mode: 0o555 }),
    file('locked/in', 'x'),
  ]);
  assert.equal((await stat(folder)).mode & 0o7777, 0o711);
  const d = await stat(join(folder, 'd'));
  assert.deepEqual([d.mode & 0o7777, d.mtimeMs], [0o1777, 1_000_000]);
  const set = await stat(join(folder, 'd/set'));
  assert.deepEqual([set.mode & 0o7777, set.mtimeMs, set.nlink], [0o4755, 2_000_000, 2]);
  assert.equal(await readFile(join(folder, 'same'), 'utf8'), 'setuid');
  assert.equal(await readFile(join(folder, 'big'), 'utf8'), big);
  assert.deepEqual(await readlink(Buffer.from(join(folder, 'd/link')), 'buffer'), Buffer.from('/etc/\xfe', 'latin1'));
  assert.ok((await lstat(join(folder, 'link too'))).isSymbolicLink());
  const names = await readdir(join(folder, 'd'), 'buffer');
  assert.ok(names.some((name) => name.equals(Buffer.from('\xff \xc3\xa9', 'latin1'))));
  const implied = await stat(join(folder, 'implied/by'));
  assert.deepEqual([implied.mode & 0o7777, implied.mtimeMs], [0o755, 0]);
  assert.equal((await stat(join(folder, 'locked'))).mode & 0o777, 0o555);
  await chmod(join(folder, 'locked'), 0o755);
});

test('unpackLayer() gives folders that the archive implies what they have in the layers below', async (t) => {
  const base = await temporaryFolder(t);
  const [lower, middle, upper] = ['lower', 'middle', 'upper'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  await unpack(lower, [directory('tmp', { mode: 0o1777, mtime: 1000 }), directory('home', { mode: 0o700, mtime: 7 })]);
  await unpack(middle, [directory('home', { mode: 0o750, mtime: 9 })]);
  await unpack(upper, [file('tmp/new/file', ''), file('home/file', '')], { below: [middle, lower] });
  const shown = async (path: string): Promise<[number, number]> => {
    const stats = await stat(join(upper, path));
    return [stats.mode & 0o7777, stats.mtimeMs / 1000];
  };
  assert.deepEqual(await shown('tmp'), [0o1777, 1000]);
  assert.deepEqual(await shown('tmp/new'), [0o755, 0]);
  assert.deepEqual(await shown('home'), [0o750, 9]);
});

test('unpackLayer() makes a plain folder where a lower layer has a file on the way', async (t) => {
  const base = await temporaryFolder(t);
  const [lower, upper] = [join(base, 'lower'), join(base, 'upper')];
  await unpack(lower, [file('a', 'in the way')]);
  await unpack(upper, [file('a/b/c', '')], { below: [lower] });
  assert.equal((await stat(join(upper, 'a/b'))).mode & 0o7777, 0o755);
});

test('unpackLayer() copies what a hard link names in a lower layer, and only a plain file that shows', async (t) => {
  const base = await temporaryFolder(t);
  const [lower, middle] = [join(base, 'lower'), join(base, 'middle')];
  await unpack(lower, [
    file('a', 'lower', { mode: 0o640, mtime: 7 }),
    file('gone', ''),
    symlink('out', '/etc'),
    directory('d'),
  ]);
  await unpack(middle, [file('.wh.gone', '')]);
  const below = [middle, lower];
  const upper = join(base, 'upper');
  await unpack(upper, [hardlink('b', 'a')], { below });
  const stats = await stat(join(upper, 'b'));
  assert.deepEqual(
    [await readFile(join(upper, 'b'), 'utf8'), stats.mode & 0o7777, stats.mtimeMs],
    ['lower', 0o640, 7000],
  );
  for (const target of ['gone', 'out/passwd', 'out', 'd', 'nowhere']) {
    const attempt = unpack(join(base, `to ${target.replace('/', ' ')}`), [hardlink('b', target)], { below });
    await assert.rejects(attempt, (error) => isLadingError(error, 'TAR_INVALID'), target);
  }
});

test('unpackLayer() keeps owners when it is root', async (t) => {
  if (!isRoot) return t.skip('without root no owner but one can be given');
  const folder = await temporaryFolder(t);
  await unpack(folder, [file('f', 'x', { uid: 12, gid: 34, mode: 0o6755 }), { ...symlink('l', 'f'), uid: 56 }]);
  const { uid, gid, mode } = await stat(join(folder, 'f'));
  assert.deepEqual([uid, gid, mode & 0o7777], [12, 34, 0o6755]);
  assert.equal((await lstat(join(folder, 'l'))).uid, 56);
});

test('unpackLayer() makes overlay whiteouts and opaque marks that scanLayer() reads back', async (t) => {
  const folder = await temporaryFolder(t);
  await unpack(folder, [
    directory('a'),
    file('a/.wh.gone'),
    file('a/.wh.it\'s "odd" $(x)\n\udcff'),
    file('.wh.-option'),
    directory('b'),
    file('b/.wh..wh..opq'),
    file('b/kept', 'k'),
    file('.wh.c'),
    directory('c'),
    file('.wh.f'),
    file('f', 'again'),
  ]);
  const paths: string[] = [];
  for await (const { path } of scanLayer(folder, { epoch: 1, overlay: true })) paths.push(path);
  assert.deepEqual(paths, [
    '.wh.-option',
    'a',
    'a/.wh.gone',
    'a/.wh.it\'s "odd" $(x)\n\udcff',
    'b',
    'b/.wh..wh..opq',
    'b/kept',
    'c',
    'c/.wh..wh..opq',
    'f',
  ]);
});

test('unpackLayer() leaves whiteouts alone when asked to keep them', async (t) => {
  const folder = await temporaryFolder(t);
  await unpack(folder, [file('a/.wh.b'), file('.wh..wh..opq')], { whiteouts: 'keep' });
  assert.deepEqual(await readdir(folder), ['.wh..wh..opq', 'a']);
});

test('unpackLayer() applies onto a root file system', async (t) => {
  const folder = await temporaryFolder(t);
  const apply = { whiteouts: 'apply' } as const;
  await unpack(
    folder,
    [
      directory('a/b'),
      file('a/b/1'),
      file('a/2'),
      file('c/3'),
      directory('usr/lib'),
      symlink('lib', '/usr/lib'),
      file('o/x'),
    ],
    apply,
  );
  await unpack(
    folder,
    [
      file('a/b/new'),
      file('a/.wh.b'),
      file('a/2', 'replaced'),
      file('.wh.c'),
      file('lib/through', 'link'),
      file('o/y'),
      file('o/.wh..wh..opq'),
      file('x/.wh.absent'),
    ],
    apply,
  );
  const found: string[] = [];
  for await (const { path } of scanLayer(folder, { epoch: 1, overlay: false })) found.push(path);
  assert.deepEqual(found, ['a', 'a/2', 'a/b', 'a/b/new', 'lib', 'o', 'o/y', 'usr', 'usr/lib', 'usr/lib/through']);
  assert.equal(await readFile(join(folder, 'a/2'), 'utf8'), 'replaced');
});

test("unpackLayer() sets extended attributes, also on files with several names, and drops those that are not a layer's", async (t) => {
  const folder = await temporaryFolder(t);
  const xattrs = new Map([
    ['user.note', Buffer.from([0, 255, 10])],
    ['user.overlay.redirect', Buffer.from('/etc')],
    ['trusted.overlay.redirect', Buffer.from('/etc')],
    ['security.selinux', Buffer.from('label\0')],
  ]);
  await unpack(folder, [
    directory('d', { xattrs, mtime: 77, mode: 0o750 }),
    file('d/f', 'content', { xattrs, mtime: 78, mode: 0o640 }),
    hardlink('g', 'd/f'),
    symlink('s', 'd/f'),
  ]);
  const kept = new Map([['user.note', Buffer.from([0, 255, 10])]]);
  for await (const found of scanLayer(folder, { epoch: 1e9, overlay: true })) {
    if (found.path === 'd') assert.deepEqual([found.mode, found.mtime], [0o750, 77]);
    if (found.path === 'd/f')
      assert.deepEqual([found.mode, found.mtime, await textOf(found.content)], [0o640, 78, 'content']);
    if (found.path === 'g') assert.deepEqual([found.type, found.linkPath], ['hardlink', 'd/f']);
    const hasAttributes = found.type === 'directory' || found.type === 'file';
    assert.deepEqual(
      found.xattrs && new Map([...found.xattrs].map(([k, v]) => [k, Buffer.from(v)])),
      hasAttributes ? kept : undefined,
    );
  }
});

test('unpackLayer() makes devices and fifos as root, and file capabilities survive', async (t) => {
  if (!isRoot) return t.skip('without root no devices can be made');
  const folder = await temporaryFolder(t);
  const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
  await unpack(folder, [
    device('null', 1, 3),
    hardlink('null2', 'null'),
    { ...device('fifo', 0, 0), type: 'fifo' },
    file('ping', 'x', { uid: 7, mode: 0o755, xattrs: new Map([['security.capability', capability]]) }),
  ]);
  const types: Record<string, unknown> = {};
  for await (const found of scanLayer(folder, { epoch: 1, overlay: false })) {
    types[found.path] = [found.type, found.deviceMajor, found.uid, found.xattrs?.size];
  }
  assert.deepEqual(types, {
    fifo: ['fifo', undefined, 0, undefined],
    null: ['character', 1, 0, undefined],
    null2: ['hardlink', undefined, 0, undefined],
    ping: ['file', undefined, 7, 1],
  });
});

test('unpackLayer() keeps the holes of sparse files', async (t) => {
  const program = findProgram('tar');
  if (!skipUnless(t, program !== undefined, 'no tar program')) return;
  const folder = await temporaryFolder(t);
  await runProgram('truncate', ['-s', '50M', join(folder, 'holes')]);
  const { stdout } = await runProgram(program!, ['-cSf', '-', '-C', folder, 'holes']);
  await unpackLayer(fromBuffer(stdout), join(folder, 'out'), { whiteouts: 'keep', owners: 'ignore' });
  const { size, blocks } = await stat(join(folder, 'out/holes'));
  assert.equal(size, 50 << 20);
  assert.ok(blocks * 512 < 1 << 20, `${blocks} blocks`);
});

test('unpackLayer() stops when its signal fires', async (t) => {
  const controller = new AbortController();
  const endless = async function* (): AsyncGenerator<TarEntryInput> {
    for (let at = 0; ; at += 1) {
      if (at === 2000) controller.abort();
      yield file(`f${at}`, 'x');
    }
  };
  const options = { whiteouts: 'keep', owners: 'ignore', signal: controller.signal } as const;
  const folder = await temporaryFolder(t);
  await assert.rejects(unpackLayer(writeTar(endless()), folder, options), (error) =>
    isLadingError(error, 'INTERRUPTED'),
  );
});

test('unpackLayer() works inside a user namespace, leaving out real devices', async (t) => {
  const unshare = findProgram('unshare');
  const works = unshare !== undefined && (await runProgram(unshare, ['--user', '--map-root-user', 'true'])).code === 0;
  if (!skipUnless(t, works, 'no user namespaces')) return;
  const folder = await temporaryFolder(t);
  const tar = join(folder, 'layer.tar');
  const entries = [file('a/.wh.x'), file('b/.wh..wh..opq'), device('null', 1, 3), file('f', 'x', { mode: 0o755 })];
  await writeFile(tar, await layerTar(entries));
  const script = `const { unpackLayer } = await import(process.argv[1]);
    const { fromFile } = await import(process.argv[2]);
    await unpackLayer(fromFile(process.argv[3]), process.argv[4], { whiteouts: 'overlay', owners: 'keep', xattrPrefix: 'user' });`;
  const modules = [join(import.meta.dirname, 'index.ts'), join(import.meta.dirname, '../../bytes/src/index.ts')];
  const node = [process.execPath, '--input-type=module', '-e', script, ...modules, tar, join(folder, 'out')];
  const result = await runProgram(unshare!, ['--user', '--map-root-user', ...node]);
  assert.equal(result.code, 0, result.stderr);
  const paths: string[] = [];
  for await (const { path } of scanLayer(join(folder, 'out'), { epoch: 1, overlay: true })) paths.push(path);
  assert.deepEqual(paths, ['a', 'a/.wh.x', 'b', 'b/.wh..wh..opq', 'f']);
});
