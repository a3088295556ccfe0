import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drain } from './drain.ts';
import { fromBuffer } from './from-buffer.ts';

test('drain() counts bytes', async () => {
  assert.equal(await drain(fromBuffer(Buffer.alloc(1_234_567))), 1_234_567);
  assert.equal(await drain(fromBuffer('')), 0);
});
