import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from './back-off.ts';

test('backOffMs() doubles from its first pause up to 10 s, and is between half and all of that', () => {
  for (const [failures, most] of [
    [1, 250],
    [2, 500],
    [5, 4000],
    [7, 10_000],
    [5000, 10_000],
  ] as const) {
    const pauses = Array.from({ length: 100 }, () => backOffMs(failures, 250));
    assert.ok(Math.min(...pauses) >= most / 2 && Math.max(...pauses) <= most, `${failures}: ${pauses}`);
    assert.ok(new Set(pauses).size > 1, 'not the same for all who wait');
  }
});
