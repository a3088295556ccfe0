import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '@lading/bytes';
import { descriptorOf, digestOf } from '@lading/oci';
import { mixedBytes } from '@lading/testkit';
import { anonymous, openRegistry, type RateLimit } from './index.ts';
import { startFaultRegistry } from './testing/fault-registry.ts';

test('after a 429 all requests wait together, and none is sent before its time', async (t) => {
  const blobs = Array.from({ length: 8 }, (_, seed) => mixedBytes(1000, seed + 1));
  const times: number[] = [];
  const limits = { 'ratelimit-limit': '10', 'ratelimit-remaining': '0' };
  const { promise: refused, resolve: onRateLimit } = Promise.withResolvers<RateLimit>();
  const server = await startFaultRegistry(t, {
    blobs,
    fault(_, count) {
      times.push(performance.now());
      return count === 0 ? { kind: 'status', status: 429, headers: { ...limits, 'retry-after': '1' } } : undefined;
    },
  });
  const registry = openRegistry({
    registry: server.host,
    credentials: anonymous,
    retries: { pauseMs: 1 },
    onRateLimit,
  });
  t.after(() => registry.close());
  const { content } = registry.repository('app');
  const pull = async (data: Buffer): Promise<void> => {
    const bytes = await content.open(descriptorOf(data, 'application/octet-stream'));
    assert.ok((await collect(bytes, { maxBytes: 1000, what: 'blob' })).equals(data));
  };
  const [first, ...others] = blobs;
  const limited = pull(first as Buffer);
  await refused;
  await Promise.all([limited, ...others.map(pull)]);
  assert.equal(times.length, 1 + 8, 'one was refused, none after it');
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 990);
});

test('what a registry says of its limits is told with each answer', async (t) => {
  const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '7;w=21600' };
  const server = await startFaultRegistry(t, { fault: () => ({ kind: 'status', status: 404, headers }) });
  const told: RateLimit[] = [];
  const registry = openRegistry({
    registry: server.host,
    credentials: anonymous,
    onRateLimit: (limit) => told.push(limit),
  });
  t.after(() => registry.close());
  await registry.repository('app').references.resolve(digestOf('x'));
  assert.deepEqual(told, [{ limit: 100, remaining: 7, windowSeconds: 21600 }]);
});
