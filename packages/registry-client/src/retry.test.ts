import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parseRetryAfter, pauseBefore, retrying, retryPolicy, TransientFailure } from './retry.ts';

test('parseRetryAfter() reads seconds and dates', () => {
  assert.equal(parseRetryAfter('3'), 3000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:10 GMT', Date.UTC(2026, 0, 1)), 10_000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:10 GMT', Date.UTC(2026, 0, 2)), 0);
  assert.equal(parseRetryAfter('soon'), undefined);
  assert.equal(parseRetryAfter(undefined), undefined);
});

test('pauseBefore() doubles, obeys Retry-After up to its limit, and ends after the attempts', () => {
  const policy = retryPolicy({ attempts: 3, pauseMs: 100, maxRetryAfterMs: 5000 });
  const second = pauseBefore(2, policy) ?? 0;
  assert.ok(second >= 50 && second <= 100);
  const third = pauseBefore(3, policy) ?? 0;
  assert.ok(third >= 100 && third <= 200);
  assert.equal(pauseBefore(4, policy), undefined);
  assert.equal(pauseBefore(2, policy, 4000), 4000);
  assert.equal(pauseBefore(2, policy, 6000), undefined);
});

test('retrying() throws the failure itself when attempts run out, and other errors at once', async () => {
  const policy = retryPolicy({ attempts: 3, pauseMs: 1 });
  let calls = 0;
  const failure = new Error('again');
  await assert.rejects(
    retrying(policy, undefined, async () => {
      calls++;
      throw new TransientFailure(failure);
    }),
    (error) => error === failure,
  );
  assert.equal(calls, 3);
  const final = new Error('final');
  await assert.rejects(
    retrying(policy, undefined, async () => {
      throw final;
    }),
    (error) => error === final,
  );
});

test('retrying() waits no longer than the signal allows', async () => {
  const controller = new AbortController();
  const policy = retryPolicy({ pauseMs: 60_000 });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(
    retrying(policy, controller.signal, async () => {
      throw new TransientFailure(new Error('again'));
    }),
    (error) => isLadingError(error, 'INTERRUPTED'),
  );
});
