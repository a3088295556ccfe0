import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { detectCompression } from './detect-compression.ts';

test('detectCompression() knows each format by its first bytes', () => {
  assert.equal(detectCompression(gzipSync('a')), 'gzip');
  assert.equal(detectCompression(zstdCompressSync('a')), 'zstd');
  assert.equal(detectCompression(Buffer.from('5f2a4d1800000000', 'hex')), 'zstd');
  assert.equal(detectCompression(Buffer.from('fd377a585a0000', 'hex')), 'xz');
  assert.equal(detectCompression(Buffer.from('425a6839314159265359', 'hex')), 'bzip2');
});

test('detectCompression() says none for text, tar, short and empty input', () => {
  for (const text of ['', 'B', 'hello world', 'BZh9-release/', '\x1f\x8b']) {
    assert.equal(detectCompression(Buffer.from(text, 'latin1')), 'none', JSON.stringify(text));
  }
});
