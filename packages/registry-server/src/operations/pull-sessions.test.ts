import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPullSessions, type PullSession } from './pull-sessions.ts';

function recorder(): { ended: PullSession[]; clock: { at: number }; sessions: ReturnType<typeof createPullSessions> } {
  const ended: PullSession[] = [];
  const clock = { at: 0 };
  const sessions = createPullSessions((session) => ended.push(session), { pauseMs: 1000, now: () => clock.at });
  return { ended, clock, sessions };
}

const part = { key: 'a', bytes: 10, durationMs: 5, outcome: 'success' } as const;

test('a part that failed and was read again is a pull that went well', () => {
  const { ended, clock, sessions } = recorder();
  clock.at = 100;
  sessions.add({ ...part, part: 'manifest' });
  sessions.add({ ...part, part: 'layer', outcome: 'failure' });
  clock.at = 600;
  sessions.add({ ...part, part: 'layer' });
  clock.at = 1500;
  sessions.sweep();
  assert.deepEqual(ended, []);
  clock.at = 1601;
  sessions.sweep();
  assert.deepEqual(ended, [{ outcome: 'success', durationMs: 505, bytes: 30 }]);
});

test('a part that never arrived is a pull that failed; another client is a pull of its own', () => {
  const { ended, sessions } = recorder();
  sessions.add({ ...part, part: 'layer', outcome: 'failure' });
  sessions.add({ ...part, key: 'b', part: 'layer' });
  sessions.sweep(true);
  assert.deepEqual(
    ended.map(({ outcome }) => outcome),
    ['failure', 'success'],
  );
});

test('the number of pulls that are followed is bounded: the one that paused longest ends first', () => {
  const { ended, sessions } = recorder();
  for (let index = 0; index < 10_005; index++) sessions.add({ ...part, key: `k${index}`, part: 'x' });
  sessions.add({ ...part, key: 'k5', part: 'x' });
  assert.equal(ended.length, 5);
});

test('a client that went away has no failed pull, unless the registry failed as well', () => {
  const { ended, sessions } = recorder();
  sessions.add({ ...part, part: 'layer', outcome: 'abandoned' });
  sessions.add({ ...part, key: 'b', part: 'layer', outcome: 'abandoned' });
  sessions.add({ ...part, key: 'b', part: 'other', outcome: 'failure' });
  sessions.sweep(true);
  assert.deepEqual(
    ended.map(({ outcome }) => outcome),
    ['abandoned', 'failure'],
  );
});
