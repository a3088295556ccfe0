import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLimiter } from './limiter.ts';

test('createLimiter() runs as many at once as it says, in the order they came, also after failures', async () => {
  for (const limit of [1, 3]) {
    const limiter = createLimiter(limit);
    const started: number[] = [];
    let now = 0;
    let most = 0;
    const work = Array.from({ length: 10 }, (_, index) =>
      limiter(async () => {
        started.push(index);
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 1));
        now--;
        if (index % 2 === 0) throw new Error(String(index));
        return index;
      }),
    );
    const results = await Promise.allSettled(work);
    assert.equal(most, limit);
    assert.deepEqual(started, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 5);
  }
});

test('createLimiter() lets at least one run', async () => {
  assert.equal(await createLimiter(0)(async () => 1), 1);
});
