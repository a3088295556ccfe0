import assert from 'node:assert/strict';
import { chmod, symlink as link, lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { findProgram, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { entry, layerOf, layerTar, textOf } from './internal/made-layer.ts';
import { scanLayer } from './scan-layer.ts';
import { union } from './union.ts';
import { unpackLayer } from './unpack-layer.ts';
import type { UnpackLayerOptions } from './unpack-layer-options.ts';

const { file, directory, symlink, hardlink, device } = entry;
const isRoot = process.geteuid?.() === 0;
const owners = isRoot ? 'keep' : 'ignore';

async function unpack(
  folder: string,
  entries: Iterable<TarEntryInput>,
  options: Partial<UnpackLayerOptions> = {},
): Promise<void> {
  await unpackLayer(writeTar(entries), folder, { whiteouts: 'overlay', owners, xattrPrefix: 'user', ...options });
}

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
  if (!isRoot) return t.skip('not root');
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
  if (!isRoot) return t.skip('not root');
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

/** A listing of everything, for comparison. */
async function listing(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const found of scanLayer(folder, { epoch: 4e9, overlay: false })) {
    const text = await textOf(found.content);
    lines.push([found.path, found.type, found.mode, found.mtime, found.linkPath ?? '', text].join(' '));
  }
  return lines;
}

async function refusalOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    assert.ok(isLadingError(error), String(error));
    return error.message;
  }
}

test('unpackLayer() and union() agree on what a layer means', async (t) => {
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const target = fc.constantFrom('a', '/b', '../c', '..', '.', '/a/b', '../../../../b/c', 'nowhere/x');
  const any = fc.oneof(
    fc.tuple(path, fc.constantFrom('1', '22')).map(([at, text]) => file(at, text)),
    path.map((at) => directory(at)),
    fc.tuple(path, target).map(([at, to]) => symlink(at, to)),
  );
  const top = await temporaryFolder(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(any, { maxLength: 12 }),
      fc.constantFrom('overlay', 'apply'),
      async (entries, whiteouts) => {
        run += 1;
        const folder = join(top, String(run));
        const layer = await layerOf(...entries);
        const refusal = await refusalOf(() => unpack(folder, entries, { whiteouts }));
        assert.equal(refusal, await refusalOf(async () => union([layer])));
        if (refusal !== undefined) return;
        const found = await listing(folder);
        assert.deepEqual(
          found.map((line) => line.split(' ').slice(0, 2).join(' ')),
          [...union([layer]).walk()].map((node) => `${node.path} ${node.type}`),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('overlayfs shows of unpacked layers what union() says', async (t) => {
  const unshare = findProgram('unshare');
  const works = unshare !== undefined && isRoot && (await runProgram(unshare, ['--mount', 'true'])).code === 0;
  if (!works) return t.skip('mounting needs root');
  const folder = await temporaryFolder(t);
  const layers = [
    [
      directory('a'),
      file('a/1'),
      file('a/2'),
      directory('d'),
      file('d/x'),
      file('e'),
      directory('real'),
      symlink('link', 'real'),
    ],
    [file('a/.wh.1'), directory('d'), file('d/.wh..wh..opq'), file('d/y'), directory('e'), file('link/f'), file('g')],
    [file('.wh.g'), directory('g'), file('g/z'), file('a/1', 'back'), file('.wh.e'), file('d/.wh.y')],
  ];
  for (const [at, entries] of layers.entries()) {
    await unpack(join(folder, String(at)), entries, { xattrPrefix: 'trusted' });
  }
  await mkdir(join(folder, 'merged'));
  const lowers = [2, 1, 0].map((at) => join(folder, String(at))).join(':');
  const script = 'mount -t overlay overlay -o "lowerdir=$1" "$2" && cd "$2" && find . -mindepth 1 -printf "%P %y\\n"';
  const result = await runProgram(unshare!, ['--mount', 'sh', '-c', script, 'sh', lowers, join(folder, 'merged')]);
  if (result.code !== 0) return t.skip(`overlay cannot be mounted here: ${result.stderr}`);
  const tree = union(await Promise.all(layers.map((entries) => layerOf(...entries))));
  const letters: Record<string, string> = { file: 'f', directory: 'd', symlink: 'l' };
  assert.deepEqual(
    result.stdout.trimEnd().split('\n').sort(),
    [...tree.walk()].map(({ path, type }) => `${path} ${letters[type]}`).sort(),
  );
});

async function withOutside(t: Parameters<typeof temporaryFolder>[0]): Promise<{ root: string; outside: string }> {
  const folder = await temporaryFolder(t);
  const outside = join(folder, 'outside');
  await mkdir(join(outside, 'sub'), { recursive: true });
  await writeFile(join(outside, 'secret'), 'secret');
  await link('secret', join(outside, 'alias'));
  return { root: join(folder, 'root'), outside };
}

/** Named after what was wrong in other programs. Each archive must leave the outside as it was. */
const attacks: Record<string, (outside: string) => TarEntryInput[]> = {
  'a file written through an absolute symlink': (outside) => [symlink('l', outside), file('l/secret', 'owned')],
  'a file written through a relative symlink': () => [symlink('l', '../outside'), file('l/secret', 'owned')],
  'a file written over a symlink': (outside) => [symlink('l', `${outside}/secret`), file('l', 'owned')],
  'a directory made over a symlink takes its place': (outside) => [
    symlink('l', `${outside}/sub`),
    directory('l', { mode: 0o777, mtime: 1 }),
    file('l/new', 'owned'),
  ],
  'CVE-2021-32803: a directory replaced by a symlink after it was known': (outside) => [
    directory('d'),
    file('d/first'),
    symlink('d', outside),
    file('d/secret', 'owned'),
  ],
  'a hard link to outside through a symlink, then written': (outside) => [
    symlink('l', outside),
    file('outside-inside/secret', 'inside'),
    symlink('l', '/outside-inside'),
    hardlink('h', 'l/secret'),
    file('h', 'owned'),
  ],
  'modes and times of a directory that became a symlink': (outside) => [
    directory('d', { mode: 0o777, mtime: 5 }),
    symlink('d', `${outside}/sub`),
  ],
  'modes below a directory that became a symlink': (outside) => [
    directory('d/sub', { mode: 0o777, mtime: 5 }),
    symlink('d', outside),
  ],
  'attributes and devices below a directory that became a symlink': (outside) => [
    directory('d/sub', { xattrs: new Map([['user.x', Buffer.from('1')]]) }),
    { ...device('d/fifo', 0, 0), type: 'fifo' },
    file('d/secret', 'x', { xattrs: new Map([['user.x', Buffer.from('1')]]) }),
    file('d/.wh.alias'),
    file('d/sub/.wh..wh..opq'),
    symlink('d', outside),
  ],
  'attributes on a symlink and below one': (outside) => [
    { ...symlink('l', `${outside}/secret`), xattrs: new Map([['user.x', Buffer.from('1')]]) },
    symlink('m', outside),
    directory('m/sub', { xattrs: new Map([['user.x', Buffer.from('1')]]), mode: 0o700 }),
  ],
  'whiteouts through a symlink': (outside) => [symlink('l', outside), file('l/.wh.secret'), file('l/.wh..wh..opq')],
  'a whiteout of a symlink removes the link': (outside) => [symlink('l', outside), file('.wh.l')],
  'a chain of symlinks': (outside) => [
    symlink('1', '2/x'),
    symlink('2/x', '/3'),
    symlink('3', `../../..${outside}`),
    file('1/secret', 'owned'),
  ],
  'duplicates that change type back and forth': (outside) => [
    file('x', '1'),
    directory('x'),
    file('x/secret', '2'),
    symlink('x', outside),
    file('x', '3'),
    symlink('x', outside),
    directory('x/sub', { mode: 0o777 }),
    file('x/secret', '4'),
  ],
};

for (const [name, attack] of Object.entries(attacks)) {
  test(`unpackLayer() touches nothing outside: ${name}`, async (t) => {
    const { root, outside } = await withOutside(t);
    const before = await listing(outside);
    for (const whiteouts of ['overlay', 'apply', 'keep', 'apply'] as const) {
      await unpack(root, attack(outside), { whiteouts });
      assert.deepEqual(await listing(outside), before, whiteouts);
    }
  });
}

test('unpackLayer() refuses entries below symlinks in circles', async (t) => {
  const { root } = await withOutside(t);
  const entries = [symlink('a', 'b'), symlink('b', 'a'), file('a/x', 'x')];
  await assert.rejects(unpack(root, entries), (error) => isLadingError(error, 'TAR_INVALID'));
});

test('unpackLayer() refuses hard links to what is not in the root', async (t) => {
  const { root, outside } = await withOutside(t);
  for (const entries of [
    [hardlink('h', `${outside}/secret`.slice(1))],
    [symlink('l', outside), hardlink('h', 'l/secret')],
    [hardlink('h', 'nowhere')],
    [directory('d'), hardlink('h', 'd')],
    [hardlink('h', 'h')],
  ]) {
    await assert.rejects(unpack(root, entries), (error) => isLadingError(error, 'TAR_INVALID'));
  }
});

test('unpackLayer() touches nothing outside, whatever comes in whatever order', async (t) => {
  const { root, outside } = await withOutside(t);
  const before = await listing(outside);
  const name = fc.constantFrom('a', 'b', 'sub', 'secret', '.wh.a', '.wh.secret', '.wh..wh..opq');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const target = fc.constantFrom(
    outside,
    '../outside',
    '../../outside/sub',
    `${outside}/secret`,
    '/',
    '..',
    'a',
    'b/sub',
  );
  const xattrs = new Map([['user.x', Buffer.from('1')]]);
  const any = fc.oneof(
    path.map((at) => file(at, 'owned', { mode: 0o777 })),
    path.map((at) => directory(at, { mode: 0o777, mtime: 1 })),
    fc.tuple(path, target).map(([at, to]) => symlink(at, to)),
    fc.tuple(path, path).map(([at, to]) => hardlink(at, to)),
    { weight: 1, arbitrary: path.map((at) => directory(at, { xattrs })) },
    { weight: 1, arbitrary: path.map((at) => file(at, 'x', { xattrs })) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(any, { maxLength: 10 }),
      fc.constantFrom('overlay', 'apply', 'keep'),
      async (entries, whiteouts) => {
        try {
          await unpack(root, entries, { whiteouts });
        } catch (error) {
          assert.ok(isLadingError(error, 'TAR_INVALID', 'TAR_UNSAFE'), String(error));
        }
        assert.deepEqual(await listing(outside), before);
      },
    ),
    { numRuns: 40 },
  );
});
