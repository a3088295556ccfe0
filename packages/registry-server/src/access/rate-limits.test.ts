import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic, pushImage, testAccess } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import { createTokenBuckets } from './internal/token-bucket.ts';
import { networkOf } from './origin.ts';
import { compileSubjects } from './subject.ts';

test('each identity has its own allowance, and is told when to come again', async (t) => {
  const { access } = await testAccess(t, {
    limits: [
      { to: compileSubjects(['anonymous']), pulls: { count: 2, perMs: 3_600_000 } },
      { to: compileSubjects(['user:bob']), requests: { count: 8, perMs: 3_600_000 } },
    ],
  });
  const { url } = await startTestRegistry(t, { access });
  await pushImage(url, 'public/app', 'v1', basic('ann'));
  const get = (headers = {}, method = 'GET'): Promise<Response> =>
    fetch(`${url}/v2/public/app/manifests/v1`, { method, headers });
  for (let i = 0; i < 5; i++) assert.equal((await get({}, 'HEAD')).status, 200, 'a HEAD is no pull');
  assert.deepEqual([(await get()).status, (await get()).status], [200, 200]);
  const refused = await get();
  assert.equal(refused.status, 429);
  assert.equal(((await refused.json()) as { errors: { code: string }[] }).errors[0]?.code, 'TOOMANYREQUESTS');
  assert.ok(Number(refused.headers.get('retry-after')) > 1700);
  assert.equal(refused.headers.get('ratelimit-limit'), '2;w=3600');
  assert.equal(refused.headers.get('ratelimit-remaining'), '0;w=3600');
  const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await get(basic('bob'))).status));
  assert.deepEqual(statuses.toSorted(), [...Array(8).fill(200), 429, 429]);
  assert.equal((await get(basic('ann'))).status, 200);
});

test('a bucket fills again with time, up to its size', () => {
  let now = 0;
  const buckets = createTokenBuckets({ now: () => now });
  const rate = { count: 2, perMs: 1000 };
  assert.deepEqual([buckets.take('a', rate).left, buckets.take('a', rate).left], [1, 0]);
  assert.equal(buckets.take('a', rate).waitMs, 500);
  now = 500;
  assert.equal(buckets.look('a', rate).waitMs, 0);
  assert.equal(buckets.take('a', rate).waitMs, 0);
  for (let i = 0; i < 5; i++) buckets.charge('a', rate);
  assert.deepEqual(buckets.look('a', rate), { left: -5, waitMs: 3000 });
  now = 1e9;
  assert.deepEqual([buckets.take('a', rate).left, buckets.take('b', rate).left], [1, 1]);
});

test('an address stands for what one party has of the address space', () => {
  for (const [address, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ] as const)
    assert.equal(networkOf(address), network);
});
