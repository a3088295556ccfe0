import assert from 'node:assert/strict';
import { link, mkdir, readdir, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Digest, digestOf, hexOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { processMark } from '../internal/process-mark.ts';
import { put } from '../put.ts';
import { sampleBytes } from '../testing/bytes-samples.ts';
import { ContentFolders } from './content-folders.ts';
import { type DirectoryStore, openDirectoryStore } from './directory-store.ts';
import { SweepGate } from './sweep-gate.ts';

const hour = 3_600_000;

/** Content that was committed an hour ago. */
async function putOld(store: DirectoryStore, seed: number): Promise<Digest> {
  const { digest } = await put(store, sampleBytes(1000 + seed, seed));
  const past = new Date(Date.now() - hour);
  await utimes(store.localPath(digest), past, past);
  return digest;
}

function gateOf(store: DirectoryStore): SweepGate {
  return new SweepGate(new ContentFolders(join(store.root, 'blobs'), store.root));
}

async function collected(
  store: DirectoryStore,
  candidates: readonly Digest[],
  olderThanMs = 60_000,
): Promise<Digest[]> {
  return (await Array.fromAsync(store.collect(candidates, { olderThanMs }))).map((info) => info.digest);
}

test('collect() removes candidates that are old and not leased, and tells their sizes', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const [old, leased, released, other] = [
    await putOld(store, 1),
    await putOld(store, 2),
    await putOld(store, 3),
    await putOld(store, 4),
  ];
  const { digest: young } = await put(store, sampleBytes(2000, 5));
  await store.lease(leased, hour);
  await (await store.lease(released, hour)).release();
  const candidates = [old, leased, young, digestOf('absent'), released];
  const removed = await Array.fromAsync(store.collect(candidates, { olderThanMs: 60_000 }));
  assert.deepEqual(
    removed.map(({ digest, size }) => [digest, size]),
    [
      [old, 1001],
      [released, 1003],
    ],
  );
  const left = (await Array.fromAsync(store.list())).map((info) => info.digest);
  assert.deepEqual(left.sort(), [leased, other, young].sort());
  assert.deepEqual((await readdir(store.root)).sort(), ['blobs', 'format', 'ingests', 'leases']);
});

test('collect() works through more than fits into one sweep, and ends between two of them with INTERRUPTED', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const all = await Promise.all(Array.from({ length: 100 }, (_, seed) => putOld(store, seed)));
  const stop = new AbortController();
  const removed: Digest[] = [];
  const collecting = async (): Promise<void> => {
    for await (const { digest } of store.collect(all, { olderThanMs: 60_000, signal: stop.signal })) {
      removed.push(digest);
      stop.abort();
    }
  };
  await assert.rejects(collecting(), (error) => isLadingError(error, 'INTERRUPTED'));
  assert.ok(removed.length > 0 && removed.length < 100);
  assert.equal((await collected(store, all)).length, 100 - removed.length);
});

test('a lease that is renewed protects at every moment, and one that expired does not', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const [kept, lost] = [await putOld(store, 1), await putOld(store, 2)];
  const lease = await store.lease(kept, 1);
  await store.lease(lost, 1);
  await lease.renew(hour);
  assert.ok(lease.expiresAt.getTime() > Date.now() + hour / 2);
  await sleep(5);
  assert.deepEqual(await collected(store, [kept, lost]), [lost]);
  await lease.release();
  assert.deepEqual(await readdir(join(store.root, 'leases')), []);
});

test('a lease whose renewal fails stays as it was, and can be released', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const digest = await putOld(store, 1);
  const lease = await store.lease(digest, hour);
  const { expiresAt } = lease;
  const leases = join(store.root, 'leases');
  await rename(leases, join(store.root, 'elsewhere'));
  await writeFile(leases, 'in the way');
  await assert.rejects(lease.renew(2 * hour));
  await unlink(leases);
  await rename(join(store.root, 'elsewhere'), leases);
  assert.equal(lease.expiresAt, expiresAt);
  assert.deepEqual(await collected(store, [digest]), []);
  await lease.release();
  assert.deepEqual(await readdir(leases), []);
});

test('lease() waits for a sweep that runs, so what stat() shows afterwards stays', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const digest = await putOld(store, 1);
  let leased = false;
  let lease: Promise<void> | undefined;
  await gateOf(store).run(async () => {
    lease = store.lease(digest, hour).then(() => {
      leased = true;
    });
    await sleep(40);
    assert.equal(leased, false);
  });
  await lease;
  assert.deepEqual(await collected(store, [digest]), []);
});

test('content that is committed while a sweep has its name in hand is there when commit resolves', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const gate = gateOf(store);
  const digest = await putOld(store, 1);
  const { ino: before } = await stat(store.localPath(digest));
  let committed = false;
  let commit: Promise<void> | undefined;
  await gate.run(async () => {
    // As collect() does it, with the commit between its look and its rename.
    commit = put(store, fromBuffer(sampleBytes(1001, 1))).then(() => {
      committed = true;
    });
    while ((await stat(store.localPath(digest))).ino === before) await sleep(1);
    const aside = await gate.moveAside(digest);
    assert.notEqual((await stat(aside!)).ino, before);
    await sleep(20);
    assert.equal(committed, false, 'commit waits');
    await gate.putBack(digest, aside!);
  });
  await commit;
  assert.ok(await store.stat(digest));
  assert.deepEqual(await collected(store, [digest]), [], 'and young');
});

test('content that is there already is not written again, is young, and is there when commit resolves whatever a sweep did with it', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const gate = gateOf(store);
  const digest = await putOld(store, 1);
  const { ino, mtimeMs } = await stat(store.localPath(digest));
  for (const isKept of [true, false]) {
    const past = new Date(mtimeMs);
    await utimes(store.localPath(digest), past, past);
    let committed = false;
    let commit: Promise<void> | undefined;
    await gate.run(async () => {
      commit = put(store, sampleBytes(1001, 1)).then(() => {
        committed = true;
      });
      while ((await stat(store.localPath(digest))).mtimeMs === mtimeMs) await sleep(1);
      const aside = await gate.moveAside(digest);
      await sleep(20);
      assert.equal(committed, false, 'commit waits');
      // A sweep that looked at its time before the commit removes it.
      if (isKept) await gate.putBack(digest, aside!);
      else await unlink(aside!);
    });
    await commit;
    const info = await stat(store.localPath(digest));
    if (isKept) assert.equal(info.ino, ino, 'the file that was there');
    assert.ok(info.mtimeMs > mtimeMs);
    assert.deepEqual(await collected(store, [digest]), [], 'and young');
  }
});

test('what a sweep that died had in hand is put back by the next who looks, never over a newer file', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const [taken, again] = [await putOld(store, 1), await putOld(store, 2)];
  await mkdir(join(store.root, 'swept'));
  await rename(store.localPath(taken), join(store.root, 'swept', `sha256.${hexOf(taken)}`));
  await link(store.localPath(again), join(store.root, 'swept', `sha256.${hexOf(again)}`));
  await put(store, sampleBytes(1002, 2));
  const { ino } = await stat(store.localPath(again));
  await writeFile(join(store.root, 'sweep.lock'), `${processMark().split('.')[0]}.${2 ** 22 + 1}.0.x`);
  await store.lease(taken, hour);
  assert.ok(await store.stat(taken));
  assert.equal((await stat(store.localPath(again))).ino, ino);
  assert.deepEqual((await readdir(store.root)).sort(), ['blobs', 'format', 'ingests', 'leases']);
});

test('a lease of several keeps each of them from a sweep of another process', async (t) => {
  const folder = await temporaryFolder(t);
  const [one, two] = [await openDirectoryStore(folder), await openDirectoryStore(folder)];
  const [first, second, third] = [await putOld(one, 1), await putOld(one, 2), await putOld(one, 3)];
  const lease = await one.lease([first, second], hour);
  assert.deepEqual(await collected(two, [first, second, third]), [third]);
  await lease.release();
  assert.deepEqual(await collected(two, [first, second, third]), [first, second]);
});
