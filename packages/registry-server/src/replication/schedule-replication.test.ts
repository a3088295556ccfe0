import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEvents } from '../events/events.ts';
import { rule } from '../testing/replication-rule.ts';
import { scheduleReplication } from './schedule-replication.ts';

const events = createEvents();
const onProblem = (error: unknown): void => assert.fail(String(error));

test('a rule that waits for events starts for what happened before, and once for many events', async (t) => {
  const started: unknown[] = [];
  const schedule = await scheduleReplication({
    runner: {
      async start(_name, { options }) {
        started.push(options?.rules);
        return { ended: Promise.resolve({ state: 'succeeded' }) } as never;
      },
    },
    events,
    rules: [
      rule('127.0.0.1:1', { name: 'a', onEvent: true, repositories: ['team/**'] }),
      rule('127.0.0.1:1', { name: 'b' }),
    ],
    onProblem,
    gatherMs: 50,
  });
  t.after(schedule.close);
  await sleep(150);
  assert.deepEqual(started, [['a']]);
  for (const repository of ['team/a', 'team/b', 'other']) {
    events.emit({ kind: 'tag', repository, actor: 'user:ann', at: new Date() });
  }
  await sleep(150);
  assert.deepEqual(started, [['a'], ['a']]);
});

test('rules whose run failed, was lost or came to no known end are started again; those that somebody stopped are not', async (t) => {
  const ends: readonly (() => Promise<unknown>)[] = [
    async () => ({ state: 'failed' }),
    async () => ({ state: 'lost' }),
    async () => assert.fail('the end could not be written'),
    async () => ({ state: 'cancelled' }),
  ];
  let starts = 0;
  const schedule = await scheduleReplication({
    runner: { start: async () => ({ ended: ends[starts++]?.() }) as never },
    events,
    rules: [rule('127.0.0.1:1', { onEvent: true })],
    onProblem,
    gatherMs: 1,
    retryMs: 1,
  });
  t.after(schedule.close);
  for (let waited = 0; starts < ends.length && waited < 200; waited++) await sleep(10);
  await sleep(100);
  assert.equal(starts, ends.length);
});
