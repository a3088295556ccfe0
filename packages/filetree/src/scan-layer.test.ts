import assert from 'node:assert/strict';
import { chmod, link, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { compareNames, readTar, type TarHeader } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import { entry, layerTar, textOf } from './internal/made-layer.ts';
import { type ScanLayerOptions, scanLayer } from './scan-layer.ts';
import { unpackLayer } from './unpack-layer.ts';

async function scan(
  folder: string,
  options: Partial<ScanLayerOptions> = {},
): Promise<(TarHeader & { text: string })[]> {
  const found: (TarHeader & { text: string })[] = [];
  for await (const { content, ...header } of scanLayer(folder, { epoch: 1000, overlay: false, ...options })) {
    found.push({ ...header, text: await textOf(content) });
  }
  return found;
}

test('scanLayer() gives entries in byte order with modes, content and clamped times', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'a'));
  await writeFile(join(folder, 'a/x'), 'inside');
  await chmod(join(folder, 'a/x'), 0o4751);
  await utimes(join(folder, 'a/x'), 999.9, 999.9);
  await writeFile(join(folder, 'a-b'), '');
  await writeFile(Buffer.from(`${folder}/\xff`, 'latin1'), 'raw');
  await writeFile(join(folder, '-C'), 'no option');
  await symlink('a/x', join(folder, 'link'));
  const found = await scan(folder);
  assert.deepEqual(
    found.map(({ path, type, text }) => [path, type, text]),
    [
      ['-C', 'file', 'no option'],
      ['a', 'directory', ''],
      ['a-b', 'file', ''],
      ['a/x', 'file', 'inside'],
      ['link', 'symlink', ''],
      ['\udcff', 'file', 'raw'],
    ],
  );
  const [, , , x, linked] = found;
  assert.deepEqual([x!.mode, x!.mtime, x!.size], [0o4751, 999, 6]);
  assert.deepEqual([linked!.linkPath, linked!.mode, linked!.mtime], ['a/x', 0o777, 1000]);
  assert.ok(found.every((header) => header.userName === undefined && header.mtime <= 1000));
});

test('scanLayer() gives the first name of a file its content and makes the others hard links', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'z'), 'shared');
  await link(join(folder, 'z'), join(folder, 'b'));
  await link(join(folder, 'z'), join(folder, 'c'));
  const found = await scan(folder);
  assert.deepEqual(
    found.map(({ path, type, linkPath, size, text }) => [path, type, linkPath, size, text]),
    [
      ['b', 'file', undefined, 6, 'shared'],
      ['c', 'hardlink', 'b', 0, ''],
      ['z', 'hardlink', 'b', 0, ''],
    ],
  );
  const withoutFirst = await scan(folder, { exclude: (path) => path === 'b' });
  assert.deepEqual(
    withoutFirst.map(({ path, type }) => [path, type]),
    [
      ['c', 'file'],
      ['z', 'hardlink'],
    ],
  );
});

test('scanLayer() leaves out sockets and what is excluded, with all below', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'proc/deep'), { recursive: true });
  await writeFile(join(folder, 'proc/deep/x'), '');
  await writeFile(join(folder, 'kept'), '');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
  try {
    const found = await scan(folder, { exclude: (path) => path === 'proc' });
    assert.deepEqual(
      found.map(({ path }) => path),
      ['kept'],
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('scanLayer() gives content that nobody reads a miss', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['a', 'b', 'c']) await writeFile(join(folder, name), name.repeat(100_000));
  const paths: string[] = [];
  for await (const found of scanLayer(folder, { epoch: 1, overlay: false })) {
    paths.push(found.path);
    if (paths.length === 2) break;
  }
  assert.deepEqual(paths, ['a', 'b']);
});

test('scanLayer() says which file changed while it was read', async (t) => {
  const folder = await temporaryFolder(t);
  // More than pipes hold, so that tar has not come to the second file when it changes.
  await writeFile(join(folder, 'a'), Buffer.alloc(32 << 20));
  await writeFile(join(folder, 'b'), 'before');
  await assert.rejects(
    async () => {
      for await (const found of scanLayer(folder, { epoch: 1, overlay: false })) {
        if (found.path === 'a') await writeFile(join(folder, 'b'), 'longer than before');
      }
    },
    (error) => isLadingError(error, 'UNPACK_FAILED') && error.message.includes('"b"'),
  );
});

test('scanLayer() fails for a folder that is absent', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(scan(join(folder, 'absent')), (error) => isLadingError(error, 'UNPACK_FAILED'));
});

test('a layer survives unpacking and scanning byte for byte', async (t) => {
  const folder = await temporaryFolder(t);
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, mtime: 900 };
  const { file, directory, symlink: link, hardlink } = entry;
  const xattrs = new Map([['user.a', Buffer.from('1')]]);
  const mark = { ...owner, uid: 0, gid: 0, mode: 0, mtime: 1000 };
  const entries = [
    file('.wh.gone', '', mark),
    { ...directory('d', { ...owner, xattrs }), mode: 0o2755 },
    file('d/.wh..wh..opq', '', mark),
    file('d/\udcff', 'content', { ...owner, xattrs, mode: 0o600 }),
    { ...hardlink('e', 'd/\udcff'), ...owner, mode: 0o600 },
    { ...link('f', '/\udcfe'), ...owner },
    file(`${'g'.repeat(200)}`, 'x'.repeat(300_000), owner),
  ].sort((a, b) => compareNames(a.path, b.path));
  const tar = await layerTar(entries);
  await unpackLayer(fromBuffer(tar), folder, {
    whiteouts: 'overlay',
    owners: owner.uid === 0 ? 'keep' : 'ignore',
    xattrPrefix: 'user',
  });
  const again = await layerTar(scanLayer(folder, { epoch: 1000, overlay: true }));
  const names: string[] = [];
  for await (const { path } of readTar(fromBuffer(again))) names.push(path);
  assert.deepEqual(
    names,
    entries.map(({ path }) => path),
  );
  assert.ok(again.equals(tar));
  assert.ok((await layerTar(scanLayer(folder, { epoch: 1000, overlay: true }))).equals(again));
});
