// Whatever comes over the wire: an answer in the protocol's form or an end of the connection, within bounds, and nothing that is not the caller's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLongRun } from '@lading/testkit';
import { flood } from './hostile/flood.ts';
import { fuzz, memoryLimit } from './hostile/fuzz.ts';
import { openGround } from './hostile/ground.ts';
import { compareTwins } from './hostile/twins.ts';

test('hostile requests are answered in the form of the protocol, and tell nothing of what the caller may not read', async (t) => {
  const ground = await openGround();
  t.after(() => ground.close());
  await t.test('what is hidden cannot be told from what is not there', async () => {
    assert.deepEqual(await compareTwins(ground), []);
  });
  await t.test(
    'many of the largest manifests at the same time do not take more memory than there is',
    async (inner) => {
      if (!isLongRun(inner)) return;
      const statuses = await flood(ground, 60);
      assert.deepEqual([...new Set(statuses)].sort(), ['400', '429']);
      assert.ok(ground.server.peakBytes() < memoryLimit, `${ground.server.peakBytes()} bytes`);
    },
  );
  await t.test('whatever comes, nothing fails, hangs or grows', async (inner) => {
    const cases = process.env.CI === 'true' ? 2500 : 150;
    const wrong = await fuzz(ground, { first: 1, cases });
    inner.diagnostic(`${cases} cases, at most ${(ground.server.peakBytes() / 1e6).toFixed(0)} MB`);
    assert.deepEqual(wrong, []);
    assert.ok(ground.server.peakBytes() < memoryLimit);
  });
});
