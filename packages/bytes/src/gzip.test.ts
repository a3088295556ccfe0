import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { findProgram, mixedBytes, runProgram, skipUnless, temporaryFolder, watchedBytes } from '@lading/testkit';
import fc from 'fast-check';
import type { Bytes } from './bytes.ts';
import { collect } from './collect.ts';
import { fromBuffer } from './from-buffer.ts';
import { gzip } from './gzip.ts';
import { startedWorkers } from './internal/worker-pool.ts';
import { rechunk } from './rechunk.ts';

const MIB = 1024 * 1024;
const sample = mixedBytes(3_500_000);

function read(bytes: Bytes): Promise<Buffer> {
  return collect(bytes, { maxBytes: 1e9, what: 'test data' });
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

test('gzip() compresses input of one block without starting a worker', async () => {
  assert.equal(startedWorkers(), 0);
  const data = sample.subarray(0, MIB);
  assert.ok(gunzipSync(await read(gzip(fromBuffer(data)))).equals(data));
  assert.equal(startedWorkers(), 0);
});

// If one of these changes, the digest of every layer anybody builds changes: that is a breaking release, not a new golden value.
test('gzip() gives the golden bytes', async () => {
  assert.equal(sha256(sample), '9c6b1d500fb1bb92445c87a0d9e673261c6e83d4a556e1a3db639a2318603b71', 'the sample itself');
  assert.equal((await read(gzip(fromBuffer('')))).toString('hex'), '1f8b08000000000000ff03000000000000000000');
  assert.equal(
    (await read(gzip(fromBuffer('hello')))).toString('hex'),
    '1f8b08000000000000ffca48cdc9c907000000ffff030086a6103605000000',
  );
  const golden = [
    [undefined, '08dcbe15645ddda6cc31d8ae07e49336b78ea2a46ad2aa938ecb99e268668b80'],
    [0, '1f80a3aff452bd68684538effaad92bd660773854d0cef5eb8c6d162055fd13a'],
    [1, '3f189a2bfcedf741d8950c40a8fc6eec88947fb25d8a9be4e72840af9af28777'],
    [9, 'a59354f22d3ef5c7e449caf7046cff4ed745dc48d8da1401a36c60e307527394'],
  ] as const;
  for (const [level, digest] of golden) {
    assert.equal(sha256(await read(gzip(fromBuffer(sample), { level }))), digest, `level ${level}`);
  }
});

test('gzip() gives the same bytes on 1, 2 and 4 threads', async () => {
  const one = await read(gzip(fromBuffer(sample), { threads: 1, seekable: true }));
  for (const threads of [2, 4])
    assert.ok((await read(gzip(fromBuffer(sample), { threads, seekable: true }))).equals(one), `${threads}`);
});

test('gzip() gives the same bytes however the input is cut, and they decode to it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 2_500_000),
      fc.integer({ min: 1000, max: 1_500_000 }),
      async (size, chunkBytes) => {
        const data = sample.subarray(0, size);
        const cut = await read(gzip(rechunk(fromBuffer(data), chunkBytes)));
        assert.ok(gunzipSync(cut).equals(data));
        assert.ok(cut.equals(await read(gzip(fromBuffer(data)))));
      },
    ),
    { numRuns: 6 },
  );
});

test('gzip() round-trips short inputs cut into tiny and empty chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 50 })),
      fc.integer({ min: 0, max: 9 }),
      async (chunks, level) => {
        const packed = await read(gzip(watchedBytes(chunks).bytes, { level }));
        assert.deepEqual(gunzipSync(packed), Buffer.concat(chunks));
      },
    ),
  );
});

test('gzip() copies from chunks that their source reuses', async () => {
  const chunks = Array.from({ length: 35 }, (_, index) => sample.subarray(index * 100_000, (index + 1) * 100_000));
  assert.ok(gunzipSync(await read(gzip(watchedBytes(chunks).bytes))).equals(sample));
});

test('gzip() makes one member that the gzip program decodes', async (t) => {
  const program = findProgram('gzip');
  if (!skipUnless(t, program !== undefined, 'gzip is not installed') || program === undefined) return;
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'sample'), sample);
  await writeFile(join(folder, 'packed.gz'), await read(gzip(fromBuffer(sample))));
  const script = '"$0" -dc packed.gz | cmp - sample && "$0" -l packed.gz';
  const result = await runProgram('/bin/sh', ['-c', script, program], { cwd: folder });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /\b3500000\b/);
});

test('gzip() stays near the size of a single stream', async () => {
  const folded = mixedBytes(2 * MIB, 7);
  const { gzipSync } = await import('node:zlib');
  const ours = (await read(gzip(fromBuffer(folded)))).byteLength;
  assert.ok(ours < gzipSync(folded, { level: 5 }).byteLength * 1.01);
});

test('gzip() holds a bounded number of blocks while the reader rests', async () => {
  const endless = watchedBytes(blocks());
  for await (const _ of gzip(endless.bytes, { threads: 2 })) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (endless.pulled > 0) break;
  }
  // Two threads: four results, one block waiting for its turn, one held back, one being filled.
  assert.ok(endless.pulled > 1 && endless.pulled <= 8, `${endless.pulled} blocks were pulled`);
  assert.equal(endless.released, true);
});

function* blocks(): Generator<Buffer, void, undefined> {
  const block = Buffer.alloc(MIB, 1);
  while (true) yield block;
}

test('gzip() passes the error of its source', async () => {
  const source = watchedBytes([sample], () => Promise.reject(new Error('disk on fire')));
  await assert.rejects(read(gzip(source.bytes)), /disk on fire/);
  assert.equal(source.released, true);
});

test('gzip() stops with INTERRUPTED, at work and while its source hangs', async () => {
  const stop = new AbortController();
  const endless = watchedBytes(blocks());
  const working = (async () => {
    for await (const _ of gzip(endless.bytes, { signal: stop.signal })) if (endless.pulled > 5) stop.abort();
  })();
  await assert.rejects(working, { code: 'INTERRUPTED' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(endless.released, true);

  const hanging = watchedBytes([sample], () => new Promise(() => {}));
  await assert.rejects(read(gzip(hanging.bytes, { signal: AbortSignal.timeout(30) })), { code: 'INTERRUPTED' });
});

test('gzip() serves many streams at once from one pool', async () => {
  const expected = await read(gzip(fromBuffer(sample)));
  const all = await Promise.all(Array.from({ length: 6 }, () => read(gzip(fromBuffer(sample)))));
  for (const one of all) assert.ok(one.equals(expected));
});

test('gzip() refuses levels and threads that do not exist', () => {
  for (const options of [{ level: 10 }, { level: -1 }, { level: 1.5 }, { threads: 0 }]) {
    assert.throws(() => gzip(fromBuffer(''), options), { code: 'USAGE' });
  }
});

test('the pool neither keeps a process alive nor lets one end before its work is done', async () => {
  const script = `
    import { collect, fromBuffer, gzip } from ${JSON.stringify(import.meta.resolve('./index.ts'))};
    const packed = await collect(gzip(fromBuffer(Buffer.alloc(3_000_000))), { maxBytes: 1e9, what: 'x' });
    console.log(packed.byteLength > 0);
  `;
  const result = await runProgram(process.execPath, ['--input-type=module', '-e', script], { timeoutMs: 20_000 });
  assert.deepEqual(result, { code: 0, stdout: 'true\n', stderr: '' });
});
