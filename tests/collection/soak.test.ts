import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '@lading/testkit';
import { soak } from './soak.ts';

test('what replicas acknowledge stays whole beside collections without grace, and what nobody needs is gone in the end', async (t) => {
  const operations = process.env.CI === 'true' ? 6000 : 120;
  const seed = Date.now() % 100_000;
  const folder = await temporaryFolder(t);
  const outcome = await soak({ folder, operations, clients: 6, replicas: 2, seed, leaseMs: 1500 });
  t.diagnostic(JSON.stringify({ seed, ...outcome }));
  assert.deepEqual(outcome.faults, []);
  assert.ok(outcome.collections > 0 && outcome.collectedBlobs > 0, 'collections had something to do');
});
