import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { watchedBytes } from '@lading/testkit';
import { toReadable } from './to-readable.ts';

test('toReadable() gives the bytes although streams hold chunks for longer than their source does', async () => {
  const chunks = Array.from({ length: 50 }, (_, index) => Buffer.alloc(1000, index));
  const stream = toReadable(watchedBytes(chunks).bytes);
  await once(stream, 'readable');
  await new Promise((resolve) => setTimeout(resolve, 5));
  const read: Buffer[] = [];
  for await (const chunk of stream) read.push(chunk as Buffer);
  assert.ok(Buffer.concat(read).equals(Buffer.concat(chunks)));
});

test('toReadable() releases the source when it is destroyed', async () => {
  const source = watchedBytes(Array.from({ length: 50 }, () => Buffer.alloc(1_000_000)));
  const stream = toReadable(source.bytes);
  await once(stream, 'readable');
  stream.destroy();
  await once(stream, 'close');
  assert.equal(source.released, true);
});

test('toReadable() emits the error of the source', async () => {
  const stream = toReadable(watchedBytes([], () => Promise.reject(new Error('disk on fire'))).bytes);
  stream.resume();
  await assert.rejects(once(stream, 'end'), /disk on fire/);
});
