import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHUNK_BYTES } from './chunk-size.ts';
import { collect } from './collect.ts';
import { fromBuffer } from './from-buffer.ts';

const all = { maxBytes: 1e9, what: 'test data' };

test('fromBuffer() encodes a string as UTF-8', async () => {
  assert.equal((await collect(fromBuffer('Lübeck'), all)).toString('hex'), Buffer.from('Lübeck').toString('hex'));
});

test('fromBuffer() cuts into chunks of at most 512 KiB and can be read twice', async () => {
  const bytes = fromBuffer(Buffer.alloc(2 * CHUNK_BYTES + 1));
  for (let round = 0; round < 2; round += 1) {
    const sizes: number[] = [];
    for await (const chunk of bytes) sizes.push(chunk.byteLength);
    assert.deepEqual(sizes, [CHUNK_BYTES, CHUNK_BYTES, 1]);
  }
});

test('fromBuffer() of nothing has no chunks', async () => {
  for await (const _ of fromBuffer('')) assert.fail('there is nothing to give');
});
