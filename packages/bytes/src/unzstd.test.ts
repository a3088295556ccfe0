import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { mixedBytes, watchedBytes } from '@lading/testkit';
import fc from 'fast-check';
import type { Bytes } from './bytes.ts';
import { collect } from './collect.ts';
import { fromBuffer } from './from-buffer.ts';
import { rechunk } from './rechunk.ts';
import { unzstd } from './unzstd.ts';

function read(bytes: Bytes): Promise<Buffer> {
  return collect(bytes, { maxBytes: 1e9, what: 'test data' });
}

const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const hello = zstdCompressSync('hello ', checked);
const world = zstdCompressSync('world');
const skippable = Buffer.from('5a2a4d1803000000616263', 'hex');
const emptySkippable = Buffer.from('502a4d1800000000', 'hex');

test('unzstd() reads all frames and passes over skippable ones, however the input is cut', async () => {
  const packed = Buffer.concat([skippable, hello, emptySkippable, hello, world, zstdCompressSync(''), skippable]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }), async (cuts) => {
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of [...cuts, packed.byteLength]) {
        chunks.push(packed.subarray(at, at + cut));
        at += cut;
      }
      assert.equal((await read(unzstd(watchedBytes(chunks).bytes))).toString(), 'hello hello world');
    }),
  );
  assert.equal((await read(unzstd(rechunk(fromBuffer(packed), 1)))).toString(), 'hello hello world');
});

test('unzstd() reads frames of every header and block kind', async () => {
  const data = mixedBytes(700_000, 4);
  const run = Buffer.alloc(700_000, 7);
  for (const content of [data, run, data.subarray(0, 100), data.subarray(0, 300), data.subarray(0, 70_000)]) {
    for (const contentSize of [0, 1]) {
      for (const checksum of [0, 1]) {
        const params = { [constants.ZSTD_c_contentSizeFlag]: contentSize, [constants.ZSTD_c_checksumFlag]: checksum };
        const frame = zstdCompressSync(content, { params });
        const twice = rechunk(fromBuffer(Buffer.concat([frame, frame])), 10_007);
        assert.ok((await read(unzstd(twice))).equals(Buffer.concat([content, content])));
      }
    }
  }
});

test('unzstd() of nothing but a skippable frame is empty', async () => {
  assert.equal((await read(unzstd(fromBuffer(skippable)))).byteLength, 0);
});

test('unzstd() finds every cut, also inside a later or a skippable frame', async () => {
  const packed = Buffer.concat([hello, skippable, world]);
  const whole = [hello.byteLength, hello.byteLength + skippable.byteLength];
  for (let end = 0; end < packed.byteLength; end += 1) {
    if (whole.includes(end)) continue;
    for (const chunkBytes of [1, hello.byteLength, 1000]) {
      const cut = rechunk(fromBuffer(packed.subarray(0, end)), chunkBytes);
      await assert.rejects(read(unzstd(cut)), { code: 'BYTES_CORRUPT' }, `cut at ${end}`);
    }
  }
});

test('unzstd() refuses damage, reserved blocks and what is not a frame', async () => {
  const damaged = Buffer.from(hello);
  damaged[damaged.byteLength - 1] = (damaged[damaged.byteLength - 1] as number) ^ 1;
  const reserved = Buffer.from('28b52ffd2000070000', 'hex');
  const trailing = Buffer.concat([hello, Buffer.alloc(4)]);
  for (const bad of [damaged, reserved, trailing, Buffer.from('garbage'), Buffer.alloc(0)]) {
    await assert.rejects(read(unzstd(fromBuffer(bad))), { code: 'BYTES_CORRUPT' });
  }
});

test('unzstd() never ends in anything but BYTES_CORRUPT on hostile input', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(hello.byteLength - 1), fc.nat(255), async (at, byte) => {
      const damaged = Buffer.concat([hello, world]);
      damaged[at] = byte;
      await read(unzstd(fromBuffer(damaged))).catch((error) => assert.equal(error.code, 'BYTES_CORRUPT'));
    }),
  );
});

test('unzstd() releases its source on early return and signals', async () => {
  const frame = zstdCompressSync(mixedBytes(3_000_000));
  const left = watchedBytes([frame, frame, frame]);
  for await (const _ of unzstd(left.bytes)) break;
  assert.equal(left.released, true);
  const hanging = watchedBytes([frame], () => new Promise(() => {}));
  await assert.rejects(read(unzstd(hanging.bytes, { signal: AbortSignal.timeout(30) })), { code: 'INTERRUPTED' });
});
