import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimitOf } from './rate-limit.ts';

test('what Docker Hub says of its limits is read, and nonsense is nothing', () => {
  const headers = {
    'ratelimit-limit': '100;w=21600',
    'ratelimit-remaining': '76;w=21600',
    'docker-ratelimit-source': '192.0.2.7',
  };
  assert.deepEqual(rateLimitOf(headers), { limit: 100, remaining: 76, windowSeconds: 21600, source: '192.0.2.7' });
  assert.deepEqual(rateLimitOf({ 'ratelimit-limit': '5', 'ratelimit-remaining': '0' }), { limit: 5, remaining: 0 });
  assert.equal(rateLimitOf({ 'ratelimit-limit': 'many', 'ratelimit-remaining': '0' }), undefined);
  assert.equal(rateLimitOf({}), undefined);
});
