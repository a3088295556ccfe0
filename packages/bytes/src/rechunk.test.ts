import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchedBytes } from '@lading/testkit';
import fc from 'fast-check';
import { rechunk } from './rechunk.ts';

test('rechunk() keeps the bytes and gives chunks of exactly the size, but the last', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 20 })),
      fc.integer({ min: 1, max: 9 }),
      async (chunks, size) => {
        const out: Buffer[] = [];
        for await (const chunk of rechunk(watchedBytes(chunks).bytes, size)) out.push(Buffer.from(chunk));
        assert.deepEqual(Buffer.concat(out), Buffer.concat(chunks));
        const last = out.pop();
        assert.ok(last === undefined || (last.byteLength > 0 && last.byteLength <= size));
        for (const chunk of out) assert.equal(chunk.byteLength, size);
      },
    ),
  );
});

test('rechunk() releases the source on early return', async () => {
  const source = watchedBytes([Buffer.alloc(10), Buffer.alloc(10)]);
  for await (const _ of rechunk(source.bytes, 3)) break;
  assert.equal(source.released, true);
});
