import assert from 'node:assert/strict';
import { lstatSync, type Stats } from 'node:fs';
import { chmod, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { openDigestCache } from './digest-cache.ts';

/** As if the file had been there for long: what a test writes is too young to be remembered. */
function settled(path: string): Stats {
  const stats = lstatSync(path);
  return Object.assign(stats, { mtimeMs: stats.mtimeMs - 10_000, ctimeMs: stats.ctimeMs - 10_000 });
}

test('what was remembered is found by the next cache, as long as nothing of the file changed', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'file');
  await writeFile(path, 'text');
  const stats = settled(path);
  const first = openDigestCache(folder, '/context');
  assert.equal(first.find('a/b', stats), undefined);
  first.add('a/b', digestOf('text'));
  assert.equal(first.find('c', stats), undefined);
  first.add('c', digestOf('other'));
  first.add('never asked for', digestOf('x'));
  first.save();

  const second = openDigestCache(folder, '/context');
  assert.equal(second.find('a/b', stats), digestOf('text'));
  assert.equal(second.find('c', stats), digestOf('other'));
  for (const change of [
    { ino: stats.ino + 1 },
    { dev: stats.dev + 1 },
    { size: stats.size + 1 },
    { mtimeMs: stats.mtimeMs + 1 },
    { ctimeMs: stats.ctimeMs + 1 },
  ]) {
    assert.equal(second.find('a/b', Object.assign(lstatSync(path), stats, change)), undefined);
  }
  assert.equal(openDigestCache(folder, '/elsewhere').find('a/b', stats), undefined);

  // What one build does not look at stays for the next.
  assert.equal(second.find('d', stats), undefined);
  second.add('d', digestOf('third'));
  second.save();
  const third = openDigestCache(folder, '/context');
  assert.deepEqual(
    ['a/b', 'c', 'd'].map((one) => third.find(one, stats)),
    ['text', 'other', 'third'].map((text) => digestOf(text)),
  );
});

test('a file that changed just now is not remembered: it could change again and look the same', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'file');
  await writeFile(path, 'text');
  // Its own time can be set to any; that of the inode cannot.
  await utimes(path, 1, 1);
  const cache = openDigestCache(folder, '/context');
  assert.equal(cache.find('file', lstatSync(path)), undefined);
  cache.add('file', digestOf('text'));
  cache.save();
  assert.equal(openDigestCache(folder, '/context').find('file', lstatSync(path)), undefined);
  await assert.rejects(readdir(join(folder, 'contexts')), { code: 'ENOENT' });
});

test('another file under the name, or another mode, has another inode or time', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'file');
  await writeFile(path, 'one1');
  const before = lstatSync(path);
  await writeFile(join(folder, 'new'), 'two2');
  await utimes(join(folder, 'new'), before.atime, before.mtime);
  await rename(join(folder, 'new'), path);
  assert.notEqual(lstatSync(path).ino, before.ino);
  const { ctimeMs } = lstatSync(path);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await chmod(path, 0o600);
  assert.notEqual(lstatSync(path).ctimeMs, ctimeMs);
});

test('a damaged cache is an empty one', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), 'text');
  const stats = settled(join(folder, 'file'));
  const cache = openDigestCache(folder, '/context');
  assert.equal(cache.find('file', stats), undefined);
  cache.add('file', digestOf('text'));
  cache.save();
  const [name = ''] = await readdir(join(folder, 'contexts'));
  const path = join(folder, 'contexts', name);
  const bytes = await readFile(path);
  for (let at = 0; at < bytes.length; at += 7) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await writeFile(path, damaged);
    assert.equal(openDigestCache(folder, '/context').find('file', stats), undefined, `byte ${at}`);
  }
  await writeFile(path, bytes.subarray(0, -1));
  assert.equal(openDigestCache(folder, '/context').find('file', stats), undefined);
});
