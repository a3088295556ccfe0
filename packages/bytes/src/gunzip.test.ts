import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { mixedBytes, watchedBytes } from '@lading/testkit';
import fc from 'fast-check';
import type { Bytes } from './bytes.ts';
import { collect } from './collect.ts';
import { fromBuffer } from './from-buffer.ts';
import { gunzip } from './gunzip.ts';
import { gzip } from './gzip.ts';
import { rechunk } from './rechunk.ts';

function read(bytes: Bytes): Promise<Buffer> {
  return collect(bytes, { maxBytes: 1e9, what: 'test data' });
}

const hello = gzipSync('hello ');
const world = gzipSync('world');

test('gunzip() undoes gzip()', async () => {
  const data = mixedBytes(3_500_000, 3);
  assert.ok((await read(gunzip(gzip(fromBuffer(data))))).equals(data));
});

test('gunzip() reads all members and passes over trailing zeros, however the input is cut', async () => {
  const tail = [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(600)];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...tail), fc.integer({ min: 1, max: 700 }), async (zeros, chunkBytes) => {
      const packed = Buffer.concat([hello, hello, world, zeros]);
      assert.equal((await read(gunzip(rechunk(fromBuffer(packed), chunkBytes)))).toString(), 'hello hello world');
    }),
  );
});

test('gunzip() finds every cut, also inside a later member', async () => {
  const packed = Buffer.concat([hello, world]);
  for (let end = 0; end < packed.byteLength; end += 1) {
    if (end === hello.byteLength) continue;
    for (const chunkBytes of [1, hello.byteLength, 1000]) {
      const cut = rechunk(fromBuffer(packed.subarray(0, end)), chunkBytes);
      await assert.rejects(read(gunzip(cut)), { code: 'BYTES_CORRUPT' }, `cut at ${end}`);
    }
  }
});

test('gunzip() finds damage in data, checksum and size', async () => {
  const packed = await read(gzip(fromBuffer(mixedBytes(200_000, 5))));
  for (const at of [0, 2, 5000, packed.byteLength - 7, packed.byteLength - 2]) {
    const damaged = Buffer.from(packed);
    damaged[at] = (damaged[at] as number) ^ 0x55;
    await assert.rejects(read(gunzip(fromBuffer(damaged))), { code: 'BYTES_CORRUPT' }, `byte ${at}`);
  }
});

test('gunzip() refuses what follows the end, in whichever chunk', async () => {
  for (const tail of ['garbage', '\0\0garbage', '\0\0\x1f\x8b']) {
    const packed = Buffer.concat([hello, Buffer.from(tail, 'latin1')]);
    for (const chunkBytes of [1, hello.byteLength, hello.byteLength + 1, 1000]) {
      const bytes = gunzip(rechunk(fromBuffer(packed), chunkBytes));
      await assert.rejects(read(bytes), { code: 'BYTES_CORRUPT' }, `${tail} in chunks of ${chunkBytes}`);
    }
  }
});

test('gunzip() gives a bomb piece by piece', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  await assert.rejects(collect(gunzip(fromBuffer(bomb)), { maxBytes: 3_000_000, what: 'bomb' }), {
    code: 'BYTES_LIMIT',
  });
});

test('gunzip() releases its source on early return, errors and signals', async () => {
  const packed = await read(gzip(fromBuffer(mixedBytes(3_500_000, 3))));
  const halves = [packed.subarray(0, 1_000_000), packed.subarray(1_000_000)];
  const left = watchedBytes(halves);
  for await (const _ of gunzip(left.bytes)) break;
  assert.equal(left.released, true);

  const failing = watchedBytes(halves, () => Promise.reject(new Error('disk on fire')));
  await assert.rejects(read(gunzip(failing.bytes)), /disk on fire/);
  assert.equal(failing.released, true);

  const damaged = watchedBytes([Buffer.from('this is no gzip'), Buffer.alloc(10)]);
  await assert.rejects(read(gunzip(damaged.bytes)), { code: 'BYTES_CORRUPT' });
  assert.equal(damaged.released, true);

  const hanging = watchedBytes([packed.subarray(0, 1_000_000)], () => new Promise(() => {}));
  await assert.rejects(read(gunzip(hanging.bytes, { signal: AbortSignal.timeout(30) })), { code: 'INTERRUPTED' });
});
