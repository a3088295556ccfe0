import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { type Layer, layerOf, writeLayer } from '@lading/image';
import { createMemoryRepository } from '@lading/store';
import { readTar, type TarEntryInput, writeTar } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import { rootTar } from './root-tar.ts';
import { unpackRoot } from './unpack-root.ts';

const header = { mode: 0o644, uid: 12, gid: 34, mtime: 1000, size: 0 } as const;
const folder = (path: string, mode = 0o755): TarEntryInput => ({ ...header, path, type: 'directory', mode });
const file = (path: string, text = path, more: Partial<TarEntryInput> = {}): TarEntryInput => ({
  ...{ ...header, path, type: 'file', size: text.length, content: fromBuffer(text) },
  ...more,
});

async function layers(...all: readonly TarEntryInput[][]): Promise<Layer[]> {
  const { content } = createMemoryRepository();
  const made = [];
  for (const entries of all) {
    const { descriptor, diffId } = await writeLayer({ content }, writeTar(entries));
    made.push(layerOf(content, descriptor, diffId));
  }
  return made;
}

const xattrs = new Map([['user.note', Buffer.from('x')]]);

const image = (): Promise<Layer[]> =>
  layers(
    [
      folder('bin', 0o555),
      file('bin/tool', 'tool', { mode: 0o4755, xattrs }),
      { ...header, path: 'bin/alias', type: 'hardlink', linkPath: 'bin/tool' },
      { ...header, path: 'console', type: 'character', deviceMajor: 5, deviceMinor: 1 },
      folder('etc'),
      file('etc/gone'),
      file('etc/old', 'old'),
    ],
    [
      folder('bin', 0o555),
      file('bin/new'),
      folder('etc'),
      file('etc/.wh.gone', ''),
      file('etc/old', 'new'),
      file('empty', ''),
    ],
  );

test('unpackRoot() writes what the layers make up, as files of the caller', async (t) => {
  const target = join(await temporaryFolder(t), 'a/out');
  await unpackRoot(await image(), target);
  const shown = Object.fromEntries(
    (readdirSync(target, { recursive: true }) as string[]).sort().map((path) => {
      const { mode, uid, mtimeMs } = lstatSync(join(target, path));
      assert.equal(uid, process.getuid?.());
      assert.equal(mtimeMs, 1_000_000);
      return [path, (mode & 0o7777).toString(8)];
    }),
  );
  assert.deepEqual(shown, {
    ...{ bin: '555', 'bin/alias': '755', 'bin/new': '644', 'bin/tool': '755' },
    ...{ empty: '644', etc: '755', 'etc/old': '644' },
  });
  assert.equal(readFileSync(join(target, 'etc/old'), 'utf8'), 'new');
  assert.equal(lstatSync(join(target, 'bin/tool')).ino, lstatSync(join(target, 'bin/alias')).ino);
});

test('unpackRoot() keeps what is there, and touches nothing outside, whatever links say', async (t) => {
  const top = await temporaryFolder(t);
  const [target, outside] = [join(top, 'out'), join(top, 'outside')];
  for (const path of [target, outside]) mkdirSync(path);
  symlinkSync(outside, join(target, 'there'));
  writeFileSync(join(target, 'kept'), 'kept');
  const hostile = await layers([
    { ...header, path: 'up', type: 'symlink', linkPath: '../outside' },
    { ...header, path: 'abs', type: 'symlink', linkPath: outside },
    file('up/a'),
    file('abs/b'),
    file('there/c'),
  ]);
  await unpackRoot(hostile, target);
  assert.deepEqual(readdirSync(outside), []);
  assert.equal(readFileSync(join(target, 'kept'), 'utf8'), 'kept');
  assert.equal(readlinkSync(join(target, 'up')), '../outside');
  assert.ok(!existsSync(join(outside, 'a')));
});

test('rootTar() is the root file system in byte order, in a folder for each platform', async (t) => {
  const spoolFolder = await temporaryFolder(t);
  const made = await image();
  const entries: string[] = [];
  for await (const { path, type, uid, mode, linkPath } of readTar(
    rootTar(
      [
        { layers: made, folder: 'one' },
        { layers: made, folder: 'two' },
      ],
      { spoolFolder },
    ),
  )) {
    if (path.startsWith('one')) entries.push(type === 'hardlink' ? `${path} = ${linkPath}` : path);
    if (path === 'two/bin/tool') assert.deepEqual([type, linkPath], ['hardlink', 'two/bin/alias']);
    if (path === 'one/bin/alias') assert.deepEqual([uid, mode], [12, 0o4755]);
  }
  assert.deepEqual(entries, [
    ...['one', 'one/bin', 'one/bin/alias', 'one/bin/new', 'one/bin/tool = one/bin/alias', 'one/console'],
    ...['one/empty', 'one/etc', 'one/etc/old'],
  ]);
  assert.deepEqual(readdirSync(spoolFolder), []);
});
