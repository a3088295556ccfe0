import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPoll } from './poll.ts';

test('a refresh during a reading waits for one that began after it, and many share it', async () => {
  let [begun, ended] = [0, 0];
  const poll = await openPoll(async () => {
    begun++;
    await sleep(5);
    ended++;
  }, 60_000);
  assert.equal(ended, 1);
  const first = poll.refresh();
  await Promise.all([first, poll.refresh(), poll.refresh()]);
  assert.deepEqual([begun, ended], [3, 3]);
  void poll.refresh();
  await poll.close();
  assert.deepEqual([begun, ended], [4, 4]);
});

test('the first reading throws; one that fails later is tried again', async () => {
  await assert.rejects(
    openPoll(() => Promise.reject(new Error('away')), 1),
    /away/,
  );
  let readings = 0;
  const poll = await openPoll(async () => {
    if (++readings === 2) throw new Error('away');
  }, 1);
  for (let turn = 0; turn < 1000 && readings < 3; turn++) await sleep(1);
  await poll.close();
  assert.ok(readings >= 3);
});
