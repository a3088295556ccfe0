import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Digest, digestOf } from '@lading/oci';
import { put } from '../put.ts';
import { inChunks, sampleBytes } from '../testing/bytes-samples.ts';
import { newStoreOptions, openOne, openReplicas, serverForFile } from '../testing/s3-server.ts';

const server = await serverForFile();
const mib = 1 << 20;
/** Also what was written in this second: the service counts in whole ones. */
const ofAnyAge = { olderThanMs: -1000 };

if (server !== undefined) {
  test('leases are seen by every replica, expire, and are renewed and released', async (t) => {
    const options = newStoreOptions(server);
    const [one, two] = await openReplicas(t, options, 2);
    const kept = await one!.lease(digestOf('kept'), 60_000);
    await one!.lease(digestOf('kept'), 60_000);
    await one!.lease(digestOf('expired'), -1);
    await (await one!.lease(digestOf('released'), 60_000)).release();
    const renewed = await two!.lease(digestOf('renewed'), -1);
    await renewed.renew(60_000);
    const several = await two!.lease([digestOf('a'), digestOf('b')], 60_000);
    const leased = [kept, renewed, several].flatMap(({ digests }) => digests);
    assert.deepEqual((await Array.fromAsync(one!.leases())).sort(), leased.sort());
    await several.release();
    assert.equal(
      (await readdir(join(server.folder, options.prefix ?? '', 'leases'))).length,
      3,
      'what expired is gone',
    );
  });

  test('collect() takes candidates that are old enough and not leased, small and large ones', async (t) => {
    const options = newStoreOptions(server, { partBytes: 5 * mib });
    const [one, two] = await openReplicas(t, options, 2);
    const stored: Digest[] = [];
    for (const [seed, size] of [100, 200, 6 * mib, 7 * mib].entries()) {
      stored.push((await put(one!, sampleBytes(size, seed))).digest);
    }
    const [, leasedSmall, , leasedLarge] = stored;
    await two!.lease(leasedSmall!, 60_000);
    await two!.lease(leasedLarge!, 60_000);
    assert.deepEqual(await Array.fromAsync(one!.collect(stored, { olderThanMs: 60_000 })), []);
    const gone = await Array.fromAsync(one!.collect([...stored, digestOf('absent')], ofAnyAge));
    assert.deepEqual(
      gone.map(({ size }) => size),
      [100, 6 * mib],
    );
    const left = (await Array.fromAsync(two!.list())).map(({ digest }) => digest);
    assert.deepEqual(left.sort(), [leasedSmall, leasedLarge].sort());
    const folder = join(server.folder, options.prefix ?? '');
    assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'data', 'format', 'leases']);
    assert.equal((await readdir(join(folder, 'data'))).length, 1);
  });

  test('what a replica leased and then saw, or committed, no collection of another one takes', async (t) => {
    const [one, two, collector] = await openReplicas(t, newStoreOptions(server), 3);
    const all = Array.from({ length: 12 }, (_, seed) => sampleBytes(50, seed));
    const turns = process.env.CI === 'true' ? 50 : 8;
    let over = false;
    const writing = [one!, two!].map(async (store, replica) => {
      for (let turn = 0; turn < turns; turn++) {
        const data = all[(turn * 5 + replica * 3) % all.length]!;
        const lease = await store.lease(digestOf(data), 60_000);
        if ((await store.stat(digestOf(data))) === undefined) await put(store, data);
        assert.notEqual(await store.stat(digestOf(data)), undefined, `turn ${turn}`);
        await lease.release();
      }
    });
    let collected = 0;
    const collecting = (async () => {
      const digests = all.map((data) => digestOf(data));
      while (!over) collected += (await Array.fromAsync(collector!.collect(digests, ofAnyAge))).length;
    })();
    try {
      await Promise.all(writing);
    } finally {
      over = true;
      await collecting;
    }
    assert.ok(collected > 0);
  });

  test('collectIngests() takes writes that nobody goes on with, with all that they left', async (t) => {
    const options = newStoreOptions(server, { partBytes: 5 * mib });
    const [one, two] = await openReplicas(t, options, 2);
    const data = sampleBytes(12 * mib, 1);
    const expected = { digest: digestOf(data), size: data.length };
    const [unknown, suspended, held] = [
      await one!.begin(),
      await one!.begin({ expected }),
      await one!.begin({ expected }),
    ];
    for (const ingest of [unknown, suspended, held]) await ingest.append(inChunks(data.subarray(0, 8 * mib), mib));
    await suspended.suspend();
    const merely = await one!.begin();
    assert.equal(await two!.collectIngests(60_000), 0);
    assert.equal(await two!.collectIngests(ofAnyAge.olderThanMs), 3, 'all but the one that a living process announced');
    for (const { id } of [unknown, suspended, merely]) {
      await assert.rejects(two!.begin({ resume: id }), (error) => isLadingError(error, 'INGEST_NOT_FOUND'));
    }
    await assert.rejects(unknown.append(fromBuffer(data)), (error) =>
      isLadingError(error, 'INGEST_CLOSED', 'STORE_UNREACHABLE'),
    );
    await held.append(inChunks(data.subarray(8 * mib), mib));
    await held.commit();
    assert.equal((await two!.stat(expected.digest))?.size, data.length);
    assert.deepEqual((await readdir(join(server.folder, options.prefix ?? ''))).sort(), ['blobs', 'data', 'format']);
  });

  test('a service with nothing to collect says so', async (t) => {
    const store = await openOne(t, newStoreOptions(server));
    assert.equal(await store.collectIngests(0), 0);
    assert.deepEqual(await Array.fromAsync(store.collect([], { olderThanMs: 0 })), []);
  });
}
