import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type DigestAlgorithm, digestOf, hexOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { get } from '../get.ts';
import { hasHashThread, nextHash, updateOnThread } from '../internal/hash-thread.ts';
import { put } from '../put.ts';
import { inChunks, sampleBytes, thenBreaks } from '../testing/bytes-samples.ts';
import { contentStoreContract } from '../testing/index.ts';
import { openDirectoryStore } from './directory-store.ts';

contentStoreContract('directory', async (t) => openDirectoryStore(await temporaryFolder(t)));

const maxBytes = 64 << 20;
const skip = hasHashThread ? false : 'one processor: nothing is hashed on a thread';

test('openDirectoryStore() keeps whole content in read-only files under its digest and nothing else', async (t) => {
  const store = await openDirectoryStore(join(await temporaryFolder(t), 'new', 'store'));
  const data = sampleBytes(1000, 1);
  const { digest } = await put(store, data);
  assert.equal(store.localPath(digest), join(store.root, 'blobs', 'sha256', hexOf(digest)));
  assert.ok((await readFile(store.localPath(digest))).equals(data));
  assert.equal((await stat(store.localPath(digest))).mode & 0o777, 0o444);
  assert.deepEqual((await readdir(store.root)).sort(), ['blobs', 'format', 'ingests', 'leases']);
  assert.deepEqual(await readdir(join(store.root, 'ingests')), []);
});

test('openDirectoryStore() throws STORE_FORMAT for another version and for a folder that is no store', async (t) => {
  const folder = await temporaryFolder(t);
  const format = (error: unknown): boolean => isLadingError(error, 'STORE_FORMAT');
  await openDirectoryStore(folder);
  await openDirectoryStore(folder);
  await writeFile(join(folder, 'format'), '{"store":"lading","version":3}');
  await assert.rejects(openDirectoryStore(folder), format);
  await writeFile(join(folder, 'format'), 'garbage');
  await assert.rejects(openDirectoryStore(folder), format);
  const other = await temporaryFolder(t);
  await mkdir(join(other, 'photos'));
  await assert.rejects(openDirectoryStore(other), format);
  assert.deepEqual(await readdir(other), ['photos'], 'and leaves it alone');
});

test('openDirectoryStore() may be called by many at once on a new folder', async (t) => {
  const folder = join(await temporaryFolder(t), 'store');
  await Promise.all(Array.from({ length: 8 }, () => openDirectoryStore(folder)));
});

test('a damaged blob is told by reading it, and healed by writing it again', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const data = sampleBytes(5000, 2);
  const descriptor = await put(store, data);
  await writeFile(`${store.localPath(descriptor.digest)}.x`, sampleBytes(5000, 3));
  await rename(`${store.localPath(descriptor.digest)}.x`, store.localPath(descriptor.digest));
  await assert.rejects(get(store, descriptor, { maxBytes }), (error) => isLadingError(error, 'DIGEST_MISMATCH'));
  await put(store, data);
  assert.ok((await get(store, descriptor, { maxBytes })).equals(data));
});

test('an ingest goes on in another store object of the same folder, as in another process', async (t) => {
  const folder = await temporaryFolder(t);
  const [one, two] = [await openDirectoryStore(folder), await openDirectoryStore(folder)];
  const data = sampleBytes(3_000_000, 4);
  const first = await one.begin();
  await first.append(inChunks(data.subarray(0, 2_000_000), 70_000));
  const second = await two.begin({ resume: first.id });
  assert.equal(second.offset, 2_000_000);
  await second.append(inChunks(data.subarray(2_000_000), 70_000));
  await assert.rejects(first.append(fromBuffer(data)), (error) => isLadingError(error, 'INGEST_CLOSED'));
  await assert.rejects(first.commit(), (error) => isLadingError(error, 'INGEST_CLOSED'));
  const { digest } = await second.commit();
  assert.equal(digest, digestOf(data));
});

test('who resumes an ingest gets what another process added to it meanwhile', async (t) => {
  const folder = await temporaryFolder(t);
  const [one, two] = [await openDirectoryStore(folder), await openDirectoryStore(folder)];
  const data = sampleBytes(9000, 7);
  const { id } = await one.begin();
  for (const [turn, store] of [one, two, one, one, two, one].entries()) {
    const ingest = await store.begin({ resume: id });
    assert.equal(ingest.offset, turn * 1500);
    await ingest.append(fromBuffer(data.subarray(ingest.offset, ingest.offset + 1500)));
  }
  const { digest } = await (await two.begin({ resume: id })).commit();
  assert.equal(digest, digestOf(data));
  await assert.rejects(one.begin({ resume: id }), (error) => isLadingError(error, 'INGEST_NOT_FOUND'));
});

test('an ingest that is resumed while it still writes cannot spoil the one that went on', async (t) => {
  const folder = await temporaryFolder(t);
  const data = sampleBytes(4_000_000, 5);
  for (const sameObject of [true, false]) {
    const one = await openDirectoryStore(folder);
    const two = sameObject ? one : await openDirectoryStore(folder);
    const first = await one.begin({ expected: { digest: digestOf(data) } });
    let release: (() => void) | undefined;
    let writing: (() => void) | undefined;
    const paused = new Promise<void>((resolve) => {
      writing = resolve;
    });
    const stalled = first.append(
      (async function* () {
        yield* inChunks(data.subarray(0, 3_000_000), 100_000);
        writing?.();
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        yield sampleBytes(200_000, 6);
      })(),
    );
    await paused;
    const second = await two.begin({ resume: first.id });
    assert.ok(second.offset <= 3_000_000);
    await second.append(inChunks(data.subarray(second.offset), 100_000));
    release?.();
    await stalled.catch(() => {});
    assert.equal((await second.commit()).digest, digestOf(data), `same object: ${sameObject}`);
    await assert.rejects(first.commit(), (error) => isLadingError(error, 'INGEST_CLOSED'));
    await one.delete(digestOf(data));
  }
});

test('a call on an ingest that is busy throws INGEST_BUSY and does no harm', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const data = sampleBytes(100_000, 7);
  const ingest = await store.begin();
  const appending = ingest.append(inChunks(data, 1000));
  await assert.rejects(ingest.append(fromBuffer(data)), (error) => isLadingError(error, 'INGEST_BUSY'));
  await assert.rejects(ingest.commit(), (error) => isLadingError(error, 'INGEST_BUSY'));
  await appending;
  assert.equal((await ingest.commit()).digest, digestOf(data));
});

test('collectIngests() removes what nobody wrote to for long, and only that', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openDirectoryStore(folder);
  const [old, fresh, mine] = [await store.begin(), await store.begin(), await store.begin()];
  const past = new Date(Date.now() - 3_600_000);
  for (const { id } of [old, mine]) {
    await utimes(join(folder, 'ingests', id), past, past);
  }
  await mine.append(fromBuffer(Buffer.from('still here')));
  const other = await openDirectoryStore(folder);
  assert.equal(await other.collectIngests(60_000), 1);
  await assert.rejects(other.begin({ resume: old.id }), (error) => isLadingError(error, 'INGEST_NOT_FOUND'));
  await assert.rejects(old.append(fromBuffer(Buffer.from('late'))), (error) => isLadingError(error, 'INGEST_CLOSED'));
  assert.equal((await other.begin({ resume: fresh.id })).offset, 0);
  assert.equal((await other.begin({ resume: mine.id })).offset, 10);
});

test('leases are seen by every opener, expire and are released', async (t) => {
  const folder = await temporaryFolder(t);
  const [one, two] = [await openDirectoryStore(folder), await openDirectoryStore(folder)];
  const kept = await one.lease(digestOf('kept'), 60_000);
  await one.lease(digestOf('kept'), 60_000);
  await one.lease(digestOf('expired'), -1);
  await (await one.lease(digestOf('released'), 60_000)).release();
  const several = await one.lease([digestOf('kept'), digestOf('a'), digestOf('b')], 60_000);
  assert.deepEqual(new Set(await Array.fromAsync(two.leases())), new Set([...kept.digests, ...several.digests]));
  assert.equal((await readdir(join(folder, 'leases'))).length, 3, 'what expired is gone, and several have one file');
  await several.renew(60_000);
  await several.release();
  assert.deepEqual(await Array.fromAsync(two.leases()), kept.digests);
});

test('however content is cut, broken off and resumed, the store holds exactly its bytes', async (t) => {
  const folder = await temporaryFolder(t);
  const data = sampleBytes(2_500_000, 8);
  const step = fc.record({
    bytes: fc.nat({ max: 1_400_000 }),
    chunk: fc.integer({ min: 1000, max: 1_200_000 }),
    end: fc.constantFrom('whole', 'breaks', 'resumed', 'elsewhere'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 5 }), async (steps) => {
      let ingest = await (await openDirectoryStore(folder)).begin();
      let store = await openDirectoryStore(folder);
      ingest = await store.begin({ resume: ingest.id });
      for (const { bytes, chunk, end } of steps) {
        const part = data.subarray(ingest.offset, Math.min(data.length, ingest.offset + bytes));
        if (end === 'breaks') await assert.rejects(ingest.append(thenBreaks(part)));
        else await ingest.append(inChunks(part, chunk));
        if (end === 'elsewhere') store = await openDirectoryStore(folder);
        if (end === 'resumed' || end === 'elsewhere') ingest = await store.begin({ resume: ingest.id });
      }
      await ingest.append(inChunks(data.subarray(ingest.offset), 600_000));
      assert.equal((await ingest.commit()).digest, digestOf(data));
      assert.ok((await readFile(store.localPath(digestOf(data)))).equals(data));
      await store.delete(digestOf(data));
    }),
    { numRuns: 25 },
  );
  assert.deepEqual(await readdir(join(folder, 'ingests')), []);
});

test('a commit that broke off before its file was moved into place can be made again, without rights of root', async (t) => {
  const folder = await temporaryFolder(t);
  const nobody = 65534;
  if (process.getuid?.() === 0) {
    await chown(folder, nobody, nobody);
    process.seteuid?.(nobody);
    t.after(() => process.seteuid?.(0));
  }
  const store = await openDirectoryStore(folder);
  await put(store, sampleBytes(1, 1));
  const data = sampleBytes(2000, 2);
  const expected = { digest: digestOf(data) };
  const ingest = await store.begin({ expected });
  await ingest.append(fromBuffer(data));
  const blobs = join(store.root, 'blobs', 'sha256');
  await chmod(blobs, 0o555);
  await assert.rejects(ingest.commit(), { code: 'EACCES' });
  await ingest.suspend();
  await chmod(blobs, 0o755);
  const adopted = await store.begin({ expected, adopt: true });
  assert.equal(adopted.offset, data.length);
  await adopted.commit();
  assert.equal((await stat(store.localPath(expected.digest))).mode & 0o777, 0o444);
});

test('a write whose hashing thread died is whole all the same: the next commit reads what is there', {
  skip,
}, async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const data = sampleBytes(12 << 20, 7);
  const ingest = await store.begin();
  await ingest.append(fromBuffer(data));
  const deadly = updateOnThread(nextHash(), 'md-none' as DigestAlgorithm, new ArrayBuffer(1), 1);
  await assert.rejects(deadly, /not supported|invalid digest/i);
  await assert.rejects(ingest.commit(), /has died/);
  const { digest } = await ingest.commit();
  assert.equal(digest, digestOf(data));
  assert.ok((await get(store, digest, { maxBytes })).equals(data));
});
