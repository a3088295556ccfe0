import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { digestOf, hexOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { get } from '../get.ts';
import { processMark } from '../internal/process-mark.ts';
import { inChunks, sampleBytes } from '../testing/bytes-samples.ts';
import { openDirectoryStore } from './directory-store.ts';

const data = sampleBytes(100_000, 1);
const ids = ['idle', 'died', 'lives', 'empty'].map((_, at) => `${at}0000000-0000-4000-8000-000000000000`);
const [idle = '', died = '', lives = '', empty = ''] = ids;

/** A store as version 1 wrote it: a folder for each write. */
async function writeVersion1(root: string): Promise<void> {
  const [host, pid] = processMark().split('.');
  const files: Record<string, Buffer> = {
    format: Buffer.from('{"store":"lading","version":1}\n'),
    [`blobs/sha256/${hexOf(digestOf(data))}`]: data,
    [`ingest/${idle}/data`]: data.subarray(0, 60_000),
    [`ingest/${died}/data.${host}.${2 ** 22 + 1}.0a1b`]: data.subarray(0, 70_000),
    [`ingest/${lives}/data.${host}.${pid}.0a1b`]: data.subarray(0, 80_000),
    [`leases/${Date.now() + 60_000}.sha256.${hexOf(digestOf(data))}.${idle}`]: Buffer.alloc(0),
  };
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
  await mkdir(join(root, 'ingest', empty));
}

test('openDirectoryStore() brings a store of version 1 up to date, with its content, leases and writes', async (t) => {
  const root = await temporaryFolder(t);
  await writeVersion1(root);
  // Several at once, as when a server and a command start after an update.
  const [store] = await Promise.all(Array.from({ length: 4 }, () => openDirectoryStore(root)));
  assert.equal(await readFile(join(root, 'format'), 'utf8'), '{"store":"lading","version":2}\n');
  assert.deepEqual((await readdir(root)).sort(), ['blobs', 'format', 'ingests', 'leases']);
  assert.ok((await get(store!, digestOf(data), { maxBytes: data.length })).equals(data));
  assert.deepEqual(await Array.fromAsync(store!.leases()), [digestOf(data)]);
  for (const [id, offset] of [
    [idle, 60_000],
    [died, 70_000],
  ] as const) {
    const ingest = await store!.begin({ resume: id });
    assert.equal(ingest.offset, offset);
    await ingest.append(inChunks(data.subarray(offset), 10_000));
    assert.equal((await ingest.commit()).digest, digestOf(data));
  }
  for (const id of [lives, empty]) {
    await assert.rejects(store!.begin({ resume: id }), (error) => isLadingError(error, 'INGEST_NOT_FOUND'));
  }
});

test('a migration that was cut off at any moment is done again from there', async (t) => {
  const root = await temporaryFolder(t);
  await writeVersion1(root);
  await mkdir(join(root, 'ingests'));
  await writeFile(join(root, 'ingests', died), data.subarray(0, 70_000));

  for (const name of await readdir(join(root, 'ingest', died))) await unlink(join(root, 'ingest', died, name));
  await writeFile(join(root, 'format.lock'), `${processMark().split('.')[0]}.${2 ** 22 + 1}.0.x`);
  const store = await openDirectoryStore(root);
  assert.equal((await store.begin({ resume: died })).offset, 70_000);
  assert.equal((await store.begin({ resume: idle })).offset, 60_000);
  await assert.rejects(stat(join(root, 'ingest')), { code: 'ENOENT' });
});
