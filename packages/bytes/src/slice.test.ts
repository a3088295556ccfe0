import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchedBytes } from '@lading/testkit';
import fc from 'fast-check';
import { collect } from './collect.ts';
import { slice } from './slice.ts';

const all = { maxBytes: 1e6, what: 'x' };

test('slice() agrees with Buffer.subarray() however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 6 }),
      fc.nat(36),
      fc.option(fc.nat(40), { nil: undefined }),
      async (chunks, start, length) => {
        const whole = Buffer.concat(chunks);
        fc.pre(start <= whole.byteLength);
        const end = length === undefined ? undefined : start + length;
        const part = await collect(slice(watchedBytes(chunks).bytes, { start, end }), all);
        assert.deepEqual(part, whole.subarray(start, end));
      },
    ),
  );
});

test('slice() reads no further than its end and releases the source', async () => {
  const source = watchedBytes([Buffer.from('abc'), Buffer.from('def'), Buffer.from('ghi')]);
  assert.equal((await collect(slice(source.bytes, { start: 2, end: 6 }), all)).toString(), 'cdef');
  assert.equal(source.pulled, 2);
  assert.equal(source.released, true);
});

test('slice() refuses a start past the end and a reversed range', async () => {
  await assert.rejects(collect(slice(watchedBytes([Buffer.from('abc')]).bytes, { start: 4 }), all), {
    code: 'RANGE_INVALID',
    message: 'Cannot read a stream from byte 4: it has only 3 bytes',
  });
  await assert.rejects(collect(slice(watchedBytes([]).bytes, { start: 4, end: 3 }), all), { code: 'RANGE_INVALID' });
});
