import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchedBytes } from '@lading/testkit';
import { collect } from './collect.ts';

test('collect() copies chunks, which their source reuses', async () => {
  const { bytes } = watchedBytes([Buffer.from('one '), Buffer.from('two')]);
  assert.equal((await collect(bytes, { maxBytes: 7, what: 'words' })).toString(), 'one two');
});

test('collect() refuses more than maxBytes, names what it was and releases the source', async () => {
  const source = watchedBytes([Buffer.alloc(5), Buffer.alloc(5), Buffer.alloc(5)]);
  await assert.rejects(collect(source.bytes, { maxBytes: 9, what: 'manifest x' }), {
    code: 'BYTES_LIMIT',
    message: 'Cannot read manifest x: it has more than 9 bytes',
  });
  assert.equal(source.pulled, 2);
  assert.equal(source.released, true);
});

test('collect() of nothing is an empty buffer', async () => {
  assert.equal((await collect(watchedBytes([]).bytes, { maxBytes: 0, what: 'nothing' })).byteLength, 0);
});

test('collect() stops on a signal', async () => {
  const source = watchedBytes([Buffer.alloc(5)], () => new Promise(() => {}));
  const signal = AbortSignal.timeout(20);
  await assert.rejects(collect(source.bytes, { maxBytes: 9, what: 'x', signal }), { code: 'INTERRUPTED' });
});
