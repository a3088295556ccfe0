import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, mixedBytes, runProgram, skipUnless, temporaryFolder, watchedBytes } from '@lading/testkit';
import type { Bytes } from './bytes.ts';
import { collect } from './collect.ts';
import { fromBuffer } from './from-buffer.ts';
import { rechunk } from './rechunk.ts';
import { unzstd } from './unzstd.ts';
import { zstd } from './zstd.ts';

const MIB = 1024 * 1024;
const sample = mixedBytes(9_000_000, 2);

function read(bytes: Bytes): Promise<Buffer> {
  return collect(bytes, { maxBytes: 1e9, what: 'test data' });
}

test('zstd() gives the same bytes on any number of threads and however the input is cut', async () => {
  const one = await read(zstd(fromBuffer(sample), { threads: 1 }));
  for (const threads of [2, 4])
    assert.ok((await read(zstd(fromBuffer(sample), { threads }))).equals(one), `${threads}`);
  assert.ok((await read(zstd(rechunk(fromBuffer(sample), 77_777)))).equals(one));
});

test('zstd() round-trips around the size of a frame', async () => {
  for (const size of [0, 1, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1]) {
    const data = sample.subarray(0, size);
    assert.ok((await read(unzstd(zstd(fromBuffer(data))))).equals(data), `${size}`);
  }
});

test('zstd() makes frames that the zstd program decodes, each with its checksum', async (t) => {
  const program = findProgram('zstd');
  if (!skipUnless(t, program !== undefined, 'zstd is not installed') || program === undefined) return;
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'sample'), sample);
  await writeFile(join(folder, 'packed.zst'), await read(zstd(fromBuffer(sample))));
  const script = '"$0" -dc packed.zst | cmp - sample && "$0" -lv packed.zst';
  const result = await runProgram('/bin/sh', ['-c', script, program], { cwd: folder });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /Frames: 3\n/);
  assert.match(result.stdout, /XXH64/);
});

test('zstd() passes the error of its source and stops with INTERRUPTED', async () => {
  const source = watchedBytes([sample], () => Promise.reject(new Error('disk on fire')));
  await assert.rejects(read(zstd(source.bytes)), /disk on fire/);
  assert.equal(source.released, true);
  const hanging = watchedBytes([sample], () => new Promise(() => {}));
  await assert.rejects(read(zstd(hanging.bytes, { signal: AbortSignal.timeout(30) })), { code: 'INTERRUPTED' });
});

test('zstd() refuses levels that do not exist', () => {
  for (const level of [0, 20, 2.5]) assert.throws(() => zstd(fromBuffer(''), { level }), { code: 'USAGE' });
});
