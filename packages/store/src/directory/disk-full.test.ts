import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { smallDisk, temporaryFolder } from '@lading/testkit';
import { get } from '../get.ts';
import { put } from '../put.ts';
import { inChunks, sampleBytes } from '../testing/bytes-samples.ts';
import { openDirectoryStore } from './directory-store.ts';

const isFull = (error: unknown): boolean => isLadingError(error, 'DISK_FULL');

test('begin() refuses at once what the disk has no room for', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const expected = { digest: digestOf('huge'), size: 2 ** 52 };
  await assert.rejects(store.begin({ expected }), (error) => {
    assert.ok(isLadingError(error, 'DISK_FULL'));
    assert.equal(error.details.needed, expected.size);
    assert.match(error.hint ?? '', /lading gc/);
    return true;
  });
  assert.deepEqual(await Array.fromAsync(store.ingests()), [], 'nothing is left of it');
});

test('a disk that fills up in the middle of a write is DISK_FULL, breaks nothing, and the write goes on when there is room', async (t) => {
  const folder = await smallDisk(t, 8);
  if (folder === undefined) return;
  const store = await openDirectoryStore(folder);
  const first = await put(store, sampleBytes(3 << 20, 1));
  const data = sampleBytes(6 << 20, 2);
  const ingest = await store.begin();
  await assert.rejects(ingest.append(inChunks(data, 1 << 18)), isFull);
  assert.ok(ingest.offset > 0 && ingest.offset < data.length, `kept ${ingest.offset} bytes`);
  await assert.rejects(put(store, sampleBytes(1 << 20, 3)), isFull);
  assert.equal((await get(store, first, { maxBytes: first.size })).length, first.size, 'what was there can be read');

  await store.delete(first.digest);
  await ingest.append(fromBuffer(data.subarray(ingest.offset)));
  assert.equal((await ingest.commit()).digest, digestOf(data));
});
