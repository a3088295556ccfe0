import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { digestOf, mediaTypes } from '@lading/oci';
import { createMemoryStore, openDirectoryStore, put } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { listCacheFiles, removeCacheFile, removeLeftovers } from './cache-files.ts';
import { holdLayers } from './hold-layers.ts';
import { recordOf } from './key-record.ts';
import { openKeyRecords } from './key-records.ts';
import { openStepCache } from './step-cache.ts';
import { stepKey } from './step-key.ts';

const past = new Date('2024-01-01');

test('listCacheFiles() names steps with their layers and downloads, and when each was last used', async (t) => {
  const folder = await temporaryFolder(t);
  const content = createMemoryStore();
  const cache = openStepCache(folder, content);
  const descriptor = await put(content, Buffer.from('layer'), { mediaType: mediaTypes.ociLayerGzip });
  const [one, two] = [stepKey('run', { argv: ['1'] }).digest, stepKey('run', { argv: ['2'] }).digest];
  await cache.keep(one, { layer: { descriptor, diffId: digestOf('tar') } });
  await cache.keep(two, {});
  await mkdir(join(folder, 'packages/sha256/ab'), { recursive: true });
  await writeFile(join(folder, 'packages/sha256/ab/abc'), '12345');
  await openKeyRecords(folder).keep(recordOf(stepKey('run', { argv: ['1'] })));
  await mkdir(join(folder, 'contexts'));
  await writeFile(join(folder, 'contexts/abc'), '12345');
  await mkdir(join(folder, 'git/one.git'), { recursive: true });
  await writeFile(join(folder, 'git/one.git/HEAD'), '12345');
  for await (const { path } of listCacheFiles(folder)) await utimes(path, past, past);
  await cache.find(one);

  const files = await Array.fromAsync(listCacheFiles(folder));
  assert.deepEqual(
    files
      .map(({ kind, layer, usedAt }) => [kind, layer?.descriptor.digest, usedAt.getTime() === past.getTime()])
      .sort(),
    [
      ['step', descriptor.digest, false],
      ['step', undefined, true],
      ['key', undefined, true],
      ['context', undefined, true],
      ['download', undefined, true],
      ['repository', undefined, true],
    ].sort(),
  );
  for (const file of files) await removeCacheFile(file);
  assert.equal(await cache.find(one), undefined);
  assert.deepEqual(await Array.fromAsync(listCacheFiles(folder)), []);
});

test('removeLeftovers() removes what is old in the folders of unfinished work, and nothing else', async (t) => {
  const folder = await temporaryFolder(t);
  for (const path of [
    'packages/partial/old',
    'packages/partial/new',
    'spool/spool-x/contents',
    'packages/sha256/ab/c',
  ]) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), '123');
    if (!path.endsWith('new')) await utimes(join(folder, path), past, past);
  }
  const olderThanMs = 3_600_000;
  assert.deepEqual(await removeLeftovers(folder, { olderThanMs, dryRun: true }), { files: 2, size: 6 });
  assert.deepEqual(await removeLeftovers(folder, { olderThanMs }), { files: 2, size: 6 });
  assert.deepEqual(await removeLeftovers(folder, { olderThanMs }), { files: 0, size: 0 });
  assert.deepEqual(await readdir(join(folder, 'packages/partial')), ['new']);
  assert.deepEqual(await readdir(join(folder, 'packages/sha256/ab')), ['c']);
});

test('a layer that a build found in its cache is held until the build ends', async (t) => {
  const folder = await temporaryFolder(t);
  const content = await openDirectoryStore(join(folder, 'content'));
  const key = stepKey('run', { argv: ['x'] }).digest;
  const descriptor = await put(content, Buffer.from('layer'), { mediaType: mediaTypes.ociLayerGzip });
  await openStepCache(folder, content).keep(key, { layer: { descriptor, diffId: digestOf('tar') } });
  const collected = async (): Promise<number> =>
    (await Array.fromAsync(content.collect([descriptor.digest], { olderThanMs: -1 }))).length;
  {
    await using leases = holdLayers(content);
    assert.notEqual(await openStepCache(folder, content, leases).find(key), undefined);
    await leases.confirm();
    assert.equal(await collected(), 0);
  }
  assert.equal(await collected(), 1);
});

test('a layer that vanished before it was held is an error that says to build again', async (t) => {
  const folder = await temporaryFolder(t);
  const content = await openDirectoryStore(join(folder, 'content'));
  const descriptor = await put(content, Buffer.from('layer'), { mediaType: mediaTypes.ociLayerGzip });
  await using leases = holdLayers(content);
  leases.hold(descriptor.digest);
  await leases.confirm();
  await content.delete(descriptor.digest);
  await assert.rejects(
    leases.confirm(),
    (error) => isLadingError(error, 'BLOB_NOT_FOUND') && error.transient && /Build again/.test(error.hint ?? ''),
  );
});
