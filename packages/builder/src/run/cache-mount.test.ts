import assert from 'node:assert/strict';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspectMachine } from '@lading/runtime';
import { skipUnless, temporaryFolder } from '@lading/testkit';
import { holdCacheMount, removeCacheMount } from './cache-mount.ts';
import { listCacheMounts } from './cache-mount-info.ts';

const request = { id: 'a', mode: 0o777, uid: 0, gid: 0, sharing: 'shared' } as const;

test('a cache mount is as open as it was asked for to steps, and closed to everybody else of this machine', async (t) => {
  const cacheFolder = await temporaryFolder(t);
  const { mapping } = await inspectMachine({ folder: cacheFolder });
  if (mapping === undefined) return void skipUnless(t, false, 'containers');
  const { folder, release } = await holdCacheMount({ cacheFolder, mapping }, request);
  await release();
  assert.equal((await lstat(folder)).mode & 0o777, 0o777);
  assert.equal((await lstat(join(folder, '../..'))).mode & 0o077, 0);
});

test('a cache mount that is collected while steps ask for it is made again', async (t) => {
  const cacheFolder = await temporaryFolder(t);
  const { mapping } = await inspectMachine({ folder: cacheFolder });
  if (mapping === undefined) return void skipUnless(t, false, 'containers');
  const collect = async (): Promise<void> => {
    for await (const { path } of listCacheMounts(cacheFolder)) await removeCacheMount(path);
  };
  const use = async (): Promise<void> => {
    const { folder, release } = await holdCacheMount({ cacheFolder, mapping }, request);
    assert.ok((await lstat(folder)).isDirectory());
    await release();
  };
  for (let round = 0; round < 3; round++) await Promise.all([use(), collect(), use(), collect(), use()]);
});
