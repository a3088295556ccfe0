import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { contentStoreContract } from '../testing/index.ts';
import { createMemoryStore } from './memory-store.ts';

contentStoreContract('memory', async () => createMemoryStore());

test('createMemoryStore() forgets leases that expired or were released', async () => {
  const store = createMemoryStore();
  const kept = await store.lease(digestOf('kept'), 60_000);
  await store.lease(digestOf('kept'), 60_000);
  await store.lease(digestOf('expired'), -1);
  const released = await store.lease(digestOf('released'), 60_000);
  await released.release();
  const several = await store.lease([digestOf('kept'), digestOf('other')], 60_000);
  assert.deepEqual(await Array.fromAsync(store.leases()), several.digests);
  await several.release();
  assert.deepEqual(await Array.fromAsync(store.leases()), kept.digests);
});
