import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { createSessions } from './sessions.ts';

test('an account that could not be looked at again is not taken for what it was', async () => {
  const clock = { now: new Date() };
  let database = true;
  const robot = { identity: { kind: 'robot' as const, name: 'ci', grants: [] }, stamp: 'one' };
  const sessions = createSessions({
    now: () => clock.now,
    authenticate: async () => robot,
    recall: async () => {
      if (!database) throw new Error('the database is away');
      return robot;
    },
    readToken: async () => undefined,
    narrow: ({ identity }) => identity,
  });
  const header = `Basic ${Buffer.from('robot+ci:secret').toString('base64')}`;
  const request = {} as IncomingMessage;
  assert.ok('identity' in (await sessions.open(header, request)));
  assert.ok(sessions.find(header) !== undefined);

  database = false;
  clock.now = new Date(clock.now.getTime() + 1001);
  for (let attempt = 0; attempt < 2; attempt++) {
    assert.equal(sessions.find(header), undefined, `attempt ${attempt}`);
    await assert.rejects(sessions.open(header, request), /the database is away/);
  }
  database = true;
  assert.ok('identity' in (await sessions.open(header, request)));
  assert.ok(sessions.find(header) !== undefined);
});
