import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import { findProgram, isLongRun, mixedBytes, runProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import {
  CHUNK_KEY_BYTES,
  chunkTable,
  encodeChunk,
  FIRST_CHUNK_OFFSET,
  findChunkTable,
  type GzipChunk,
  MAX_TABLE_BYTES,
  parseChunkTable,
  TABLE_FOOTER_BYTES,
} from './chunk-table.ts';
import { collect } from './collect.ts';
import { fromBuffer } from './from-buffer.ts';
import { gunzip } from './gunzip.ts';
import { gzip } from './gzip.ts';

const sample = mixedBytes(3_500_000);
const packed = await seekable(sample);

function seekable(data: Uint8Array): Promise<Buffer> {
  return collect(gzip(fromBuffer(data), { seekable: true }), { maxBytes: 1e9, what: 'test data' });
}

function tableOf(stream: Buffer): GzipChunk[] {
  const offset = findChunkTable(stream, stream.byteLength);
  assert.ok(offset !== undefined);
  return [...parseChunkTable(stream.subarray(offset, -TABLE_FOOTER_BYTES))];
}

function keysOf(stream: Buffer): Set<string> {
  return new Set(tableOf(stream).map(({ digest }) => digest.toString()));
}

test('a seekable stream is the plain one and a table behind it, which is golden', async () => {
  const plain = await collect(gzip(fromBuffer(sample)), { maxBytes: 1e9, what: 'test data' });
  assert.ok(packed.subarray(0, plain.byteLength).equals(plain));
  assert.equal(findChunkTable(packed, packed.byteLength), plain.byteLength);
  assert.equal(
    createHash('sha256').update(packed).digest('hex'),
    'beb4d5198478adac5558d0191cf34b58ca5ed83215a6448eaae2f6b993a2c140',
  );
  assert.ok((packed.byteLength - plain.byteLength) * 100 < plain.byteLength, 'less than 1% of it');
});

test('the chunks tile the stream, have the digests that the table says, and decompress alone from a restart', () => {
  let at = FIRST_CHUNK_OFFSET;
  let from = 0;
  let restarts = 0;
  for (const { length, contentLength, restart, digest } of tableOf(packed)) {
    const chunk = packed.subarray(at, at + length);
    const hash = createHash('sha256').update(chunk).digest();
    assert.deepEqual(Buffer.from(digest), hash.subarray(0, CHUNK_KEY_BYTES));
    if (restart) {
      restarts++;
      const content = inflateRawSync(chunk, { finishFlush: constants.Z_SYNC_FLUSH });
      assert.ok(content.equals(sample.subarray(from, from + contentLength)));
    }
    at += length;
    from += contentLength;
  }
  assert.equal(at + 10, findChunkTable(packed, packed.byteLength), 'then come the end of the data and the table');
  assert.equal(from, sample.byteLength);
  assert.ok(restarts > 1, `${restarts} restarts`);
});

test('a change, an insertion or a deletion changes only the chunks near it', async () => {
  const changed = Buffer.from(sample);
  for (let at = 1_000_000; at < 1_001_000; at++) changed[at] = (changed[at] as number) ^ 0x55;
  const inserted = Buffer.concat([sample.subarray(0, 777_777), Buffer.from('new'), sample.subarray(777_777)]);
  const deleted = Buffer.concat([sample.subarray(0, 2_000_000), sample.subarray(2_000_777)]);
  const known = keysOf(packed);
  for (const data of [changed, inserted, deleted]) {
    const other = await seekable(data);
    assert.ok(gunzipSync(other).equals(data));
    const fresh = tableOf(other).filter(({ digest }) => !known.has(digest.toString()));
    assert.ok(fresh.length <= 5, `${fresh.length} chunks are new`);
  }
});

test('short content has no table', async () => {
  const stream = await seekable(sample.subarray(0, 64 * 1024 - 1));
  assert.equal(findChunkTable(stream, stream.byteLength), undefined);
  assert.notEqual(findChunkTable(await seekable(sample.subarray(0, 64 * 1024)), 1e6), undefined);
});

test('decompressors pass over the table', async (t) => {
  assert.ok(gunzipSync(packed).equals(sample));
  assert.ok((await collect(gunzip(fromBuffer(packed)), { maxBytes: 1e9, what: 'test data' })).equals(sample));
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'sample'), sample);
  await writeFile(join(folder, 'packed.gz'), packed);
  const python = 'import gzip, sys; sys.stdout.buffer.write(gzip.open("packed.gz").read())';
  const go = `package main\nimport ("compress/gzip"; "io"; "os")
    func main() { f, _ := os.Open("packed.gz"); r, err := gzip.NewReader(f); if err != nil { panic(err) }
    if _, err := io.Copy(os.Stdout, r); err != nil { panic(err) } }`;
  await writeFile(join(folder, 'main.go'), go);
  const programs: [string, string[]][] = [
    ['gzip', ['-dc', 'packed.gz']],
    ['pigz', ['-dc', 'packed.gz']],
    ['zcat', ['packed.gz']],
    ['python3', ['-c', python]],
    ...(isLongRun(t) ? [['go', ['run', 'main.go']] as [string, string[]]] : []),
  ];
  for (const [name, args] of programs) {
    const program = findProgram(name);
    if (!skipUnless(t, program !== undefined, `${name} is not installed`) || program === undefined) continue;
    const result = await runProgram('/bin/sh', ['-c', '"$0" "$@" | cmp - sample', program, ...args], { cwd: folder });
    assert.deepEqual(result, { code: 0, stdout: '', stderr: '' }, name);
  }
});

const chunks = fc.array(
  fc.record(
    {
      length: fc.integer({ min: 1, max: 2 ** 34 }),
      contentLength: fc.integer({ min: 0, max: 2 ** 33 }),
      restart: fc.boolean(),
      digest: fc.uint8Array({ minLength: CHUNK_KEY_BYTES, maxLength: CHUNK_KEY_BYTES }),
    },
    { noNullPrototype: true },
  ),
);

test('a table reads as it was written, in one member or many', () => {
  const roundTrip = (written: GzipChunk[]): void => {
    const table = chunkTable(Buffer.concat(written.map(encodeChunk)), 1000);
    assert.equal(findChunkTable(table, 1000 + table.byteLength), 1000);
    const read = [...parseChunkTable(table.subarray(0, -TABLE_FOOTER_BYTES))];
    assert.deepEqual(
      read.map((chunk) => ({ ...chunk, digest: new Uint8Array(chunk.digest) })),
      written,
    );
    assert.equal(gunzipSync(table).byteLength, 0);
  };
  fc.assert(fc.property(chunks, roundTrip), { numRuns: 50 });
  roundTrip(Array.from({ length: 9000 }, (_, at) => filler(at)));
});

function filler(at: number): GzipChunk {
  const digest = new Uint8Array(createHash('sha256').update(`${at}`).digest().subarray(0, CHUNK_KEY_BYTES));
  return { length: at + 1, contentLength: at * 3, restart: at % 3 === 0, digest };
}

test('what is no table is not taken for one, and a damaged one is BYTES_CORRUPT', () => {
  const footer = packed.subarray(-TABLE_FOOTER_BYTES);
  assert.equal(findChunkTable(footer.subarray(1), 1e9), undefined);
  for (const size of [0, 42, 50]) assert.equal(findChunkTable(footer, size), undefined, 'it would begin outside');
  assert.equal(findChunkTable(footer, packed.byteLength + MAX_TABLE_BYTES), undefined, 'it would be too long');
  fc.assert(
    fc.property(fc.nat(TABLE_FOOTER_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const damaged = Buffer.from(footer);
      damaged[at] = (damaged[at] as number) ^ bits;
      const found = findChunkTable(damaged, packed.byteLength);
      assert.ok(found === undefined || (at >= 24 && at < 32), 'only the offset may differ');
    }),
  );
  const table = packed.subarray(findChunkTable(packed, packed.byteLength), -TABLE_FOOTER_BYTES);
  fc.assert(
    fc.property(fc.nat(table.byteLength - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, bits, cut) => {
      const damaged = cut ? Buffer.from(table.subarray(0, at)) : Buffer.from(table);
      if (!cut) damaged[at] = (damaged[at] as number) ^ bits;
      try {
        for (const { length, digest } of parseChunkTable(damaged)) assert.ok(length > 0 && digest.byteLength === 12);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'BYTES_CORRUPT');
      }
    }),
  );
});
