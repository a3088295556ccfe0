import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBodyRoom } from './body-room.ts';

test('small bodies are always taken, large ones share a bounded room, which comes back when they are done', () => {
  const large = Array.from({ length: 12 }, () => openBodyRoom());
  const taken = large.filter((room) => room.take(4 << 20));
  assert.equal(taken.length, 2);
  const small = openBodyRoom();
  assert.ok(small.take(64 << 10));
  small.close();
  for (const room of large) room.close();
  const last = openBodyRoom();
  assert.ok(last.take(8 << 20));
  last.close();
  last.close();
  assert.ok(openBodyRoom().take(1));
});
