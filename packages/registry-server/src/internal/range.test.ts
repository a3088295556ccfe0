import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseContentRange, parseRange } from './range.ts';

test('parseRange() reads open, closed and suffix ranges', () => {
  assert.deepEqual(parseRange('bytes=2-5', 10), { kind: 'part', start: 2, end: 6 });
  assert.deepEqual(parseRange('bytes=2-', 10), { kind: 'part', start: 2, end: 10 });
  assert.deepEqual(parseRange('bytes=-3', 10), { kind: 'part', start: 7, end: 10 });
  assert.deepEqual(parseRange('bytes=-30', 10), { kind: 'part', start: 0, end: 10 });
  assert.deepEqual(parseRange('bytes=8-100', 10), { kind: 'part', start: 8, end: 10 });
});

test('parseRange() refuses a range past the end or backwards', () => {
  for (const text of ['bytes=10-', 'bytes=500-0', 'bytes=5000-10000', 'bytes=-0']) {
    assert.equal(parseRange(text, 10).kind, 'unsatisfiable', text);
  }
});

test('parseRange() ignores what is not one byte range', () => {
  for (const text of [undefined, '', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b']) {
    assert.equal(parseRange(text, 10).kind, 'whole', text);
  }
});

test('parseContentRange() reads the forms that clients send', () => {
  assert.deepEqual(parseContentRange('0-9'), { start: 0, end: 9 });
  assert.deepEqual(parseContentRange('bytes 0-9/10'), { start: 0, end: 9 });
  assert.equal(parseContentRange('9-0'), undefined);
  assert.equal(parseContentRange('x'), undefined);
});
