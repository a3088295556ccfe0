import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchedBytes } from '@lading/testkit';
import { drain } from './drain.ts';
import { limit } from './limit.ts';

test('limit() lets exactly maxBytes through', async () => {
  assert.equal(await drain(limit(watchedBytes([Buffer.alloc(4), Buffer.alloc(4)]).bytes, 8, 'x')), 8);
});

test('limit() gives nothing of the chunk that goes beyond', async () => {
  const source = watchedBytes([Buffer.alloc(4), Buffer.alloc(5), Buffer.alloc(4)]);
  let seen = 0;
  const reading = (async () => {
    for await (const chunk of limit(source.bytes, 8, 'x')) seen += chunk.byteLength;
  })();
  await assert.rejects(reading, { code: 'BYTES_LIMIT' });
  assert.equal(seen, 4);
  assert.equal(source.released, true);
});
