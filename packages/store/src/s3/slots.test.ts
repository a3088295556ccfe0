import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { Slots } from './slots.ts';

test('Slots let in so many at once, in their order, and forget who does not wait any more', async () => {
  const slots = new Slots(2);
  const entered: number[] = [];
  const impatient = new AbortController();
  const enter = (turn: number, signal?: AbortSignal): Promise<void> =>
    slots.acquire({ signal }).then(() => void entered.push(turn));
  const all = [enter(1), enter(2), enter(3, impatient.signal), enter(4), enter(5)];
  await Promise.all(all.slice(0, 2));
  impatient.abort();
  await assert.rejects(all[2]!, (error) => isLadingError(error, 'INTERRUPTED'));
  assert.deepEqual(entered, [1, 2]);
  slots.release();
  await all[3];
  slots.release();
  await all[4];
  assert.deepEqual(entered, [1, 2, 4, 5]);
  await assert.rejects(enter(6, AbortSignal.abort()), (error) => isLadingError(error, 'INTERRUPTED'));
});
