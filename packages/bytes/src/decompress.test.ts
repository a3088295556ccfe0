import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { mixedBytes, watchedBytes } from '@lading/testkit';
import type { Bytes } from './bytes.ts';
import { collect } from './collect.ts';
import { decompress } from './decompress.ts';
import { fromBuffer } from './from-buffer.ts';

function read(bytes: Bytes): Promise<Buffer> {
  return collect(bytes, { maxBytes: 1e9, what: 'test data' });
}

function cut(data: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(data.byteLength / size);
  return Array.from({ length: count }, (_, index) => data.subarray(index * size, (index + 1) * size));
}

test('decompress() loses no byte to sniffing, whatever the format and the first chunks', async () => {
  const data = mixedBytes(2000, 9);
  for (const packed of [data, gzipSync(data), zstdCompressSync(data)]) {
    for (const size of [1, 3, 9, 10, 11, 5000]) {
      assert.ok((await read(decompress(watchedBytes(cut(packed, size)).bytes))).equals(data));
    }
  }
});

test('decompress() passes short and empty input as it is', async () => {
  for (const text of ['', 'a', 'BZh9']) assert.equal((await read(decompress(fromBuffer(text)))).toString(), text);
});

test('decompress() refuses formats it knows but cannot read, with a hint', async () => {
  const source = watchedBytes([Buffer.from('fd377a585a000004e6d6', 'hex')]);
  await assert.rejects(read(decompress(source.bytes)), {
    code: 'BYTES_CORRUPT',
    message: 'Cannot decompress xz data: it is not supported',
    hint: /gzip or zstd/,
  });
  assert.equal(source.released, true);
});

test('decompress() releases its source on early return, whatever the format', async () => {
  const data = mixedBytes(3_000_000, 9);
  for (const packed of [data, gzipSync(data), zstdCompressSync(data)]) {
    const source = watchedBytes(cut(packed, 100_000));
    for await (const _ of decompress(source.bytes)) break;
    assert.equal(source.released, true);
  }
});

test('decompress() stops with INTERRUPTED while its source hangs', async () => {
  const source = watchedBytes([Buffer.from('a')], () => new Promise(() => {}));
  await assert.rejects(read(decompress(source.bytes, { signal: AbortSignal.timeout(20) })), { code: 'INTERRUPTED' });
});
