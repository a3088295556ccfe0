import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLongRun, temporaryFolder } from '@lading/testkit';
import { checkSoak } from './check.ts';
import { runSoak } from './run.ts';

test('eight processes in one store lose nothing that was acknowledged and collect nothing that is leased', async (t) => {
  const folder = await temporaryFolder(t);
  await runSoak({ folder, seed: 1, seconds: 3 });
  const { done, violations } = await checkSoak(folder);
  assert.deepEqual(violations, []);
  for (const kind of ['commit', 'lease', 'removed', 'read', 'tag'] as const) assert.ok(done[kind] > 0, kind);
});

test('so they do for a minute, while some of them are killed', async (t) => {
  if (!isLongRun(t)) return;
  const folder = await temporaryFolder(t);
  const { kills } = await runSoak({ folder, seed: 2, seconds: 60, killEverySeconds: 1.5 });
  const { done, violations } = await checkSoak(folder);
  assert.deepEqual(violations, []);
  assert.ok(kills > 10 && done.adopted > 0);
});
