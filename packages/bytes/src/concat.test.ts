import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchedBytes } from '@lading/testkit';
import { collect } from './collect.ts';
import { concat } from './concat.ts';
import { fromBuffer } from './from-buffer.ts';

test('concat() gives the parts in order', async () => {
  const bytes = concat(fromBuffer('a'), fromBuffer(''), fromBuffer('bc'));
  assert.equal((await collect(bytes, { maxBytes: 9, what: 'x' })).toString(), 'abc');
});

test('concat() opens a part only when it comes to it, and releases the current one on early return', async () => {
  const first = watchedBytes([Buffer.from('a'), Buffer.from('b')]);
  const second = watchedBytes([Buffer.from('c')]);
  for await (const _ of concat(first.bytes, second.bytes)) break;
  assert.equal(first.released, true);
  assert.equal(second.pulled, 0);
});
