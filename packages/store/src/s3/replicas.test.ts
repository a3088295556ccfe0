import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { isLongRun } from '@lading/testkit';
import fc from 'fast-check';
import { get } from '../get.ts';
import { put } from '../put.ts';
import { inChunks, sampleBytes, thenBreaks } from '../testing/bytes-samples.ts';
import { newStoreOptions, openReplicas, serverForFile } from '../testing/s3-server.ts';

const server = await serverForFile();
const mib = 1 << 20;
const maxBytes = 64 * mib;
const closed = (error: unknown): boolean => isLadingError(error, 'INGEST_CLOSED');

if (server !== undefined) {
  for (const size of [1000, 11 * mib]) {
    test(`a write of ${size} bytes is begun on one replica, appended to on another and committed on a third`, async (t) => {
      const [one, two, three] = await openReplicas(t, newStoreOptions(server, { partBytes: 5 * mib }), 3);
      const data = sampleBytes(size, 1);
      const first = await one!.begin();
      const second = await two!.begin({ resume: first.id });
      await second.append(inChunks(data, 700_000));
      const third = await three!.begin({ resume: first.id });
      assert.equal(third.offset, data.length);
      const descriptor = await third.commit({ digest: digestOf(data) });
      assert.deepEqual([descriptor.digest, descriptor.size], [digestOf(data), data.length]);
      for (const store of [one!, two!, three!]) {
        assert.ok((await get(store, descriptor, { maxBytes })).equals(data));
        await assert.rejects(store.begin({ resume: first.id }), (error) => isLadingError(error, 'INGEST_NOT_FOUND'));
      }
    });
  }

  test('every request of a chunked upload reaches another replica', async (t) => {
    if (!isLongRun(t)) return;
    const options = newStoreOptions(server, { partBytes: 5 * mib });
    const stores = await openReplicas(t, options, 3);
    const data = sampleBytes(17 * mib, 2);
    const { id } = await stores[0]!.begin();
    for (let at = 0, turn = 1; at < data.length; turn++) {
      const ingest = await stores[turn % 3]!.begin({ resume: id });
      assert.equal(ingest.offset, at);
      const end = Math.min(at + 3 * mib + turn, data.length);
      await ingest.append(inChunks(data.subarray(at, end), mib));
      at = end;
    }
    const ingest = await stores[0]!.begin({ resume: id });
    await assert.rejects(ingest.commit({ size: data.length + 1 }), (error) => isLadingError(error, 'SIZE_MISMATCH'));
    assert.deepEqual(await readdir(join(server.folder, options.prefix ?? '')), ['format'], 'what was refused is gone');
  });

  test('an upload whose requests reached several replicas is read whole and in ranges', async (t) => {
    const [one, two] = await openReplicas(t, newStoreOptions(server, { partBytes: 5 * mib }), 2);
    const data = sampleBytes(23 * mib, 3);
    const first = await one!.begin();
    await first.append(inChunks(data.subarray(0, 11 * mib), mib));
    const second = await two!.begin({ resume: first.id });
    await second.append(inChunks(data.subarray(11 * mib), mib));
    await assert.rejects(first.append(fromBuffer(data)), closed, 'the former writer is out');
    await assert.rejects(first.commit(), closed);
    await first.abort();
    const descriptor = await second.commit({ digest: digestOf(data) });
    assert.ok((await get(one!, descriptor, { maxBytes })).equals(data));
    const range = { start: 9 * mib, end: 12 * mib };
    const bytes = await Array.fromAsync(await one!.open(descriptor, { range }), (chunk) => Buffer.from(chunk));
    assert.ok(Buffer.concat(bytes).equals(data.subarray(range.start, range.end)));
    assert.equal((await Array.fromAsync(two!.list()))[0]?.size, data.length);
    assert.equal(await one!.delete(descriptor.digest), true);
  });

  test('a wrong digest after writing on several replicas stores nothing', async (t) => {
    if (!isLongRun(t)) return;
    const options = newStoreOptions(server, { partBytes: 5 * mib });
    const [one, two] = await openReplicas(t, options, 2);
    const data = sampleBytes(12 * mib, 4);
    const first = await one!.begin();
    await first.append(inChunks(data.subarray(0, 6 * mib), mib));
    const second = await two!.begin({ resume: first.id });
    await second.append(inChunks(data.subarray(6 * mib), mib));
    const wrong = digestOf('wrong');
    await assert.rejects(second.commit({ digest: wrong }), (error) => isLadingError(error, 'DIGEST_MISMATCH'));
    assert.equal(await one!.stat(wrong), undefined);
    assert.deepEqual(await readdir(join(server.folder, options.prefix ?? '')), ['format']);
  });

  test('a write that is resumed while it still runs cannot spoil the one that went on', async (t) => {
    const data = sampleBytes(16 * mib, 5);
    const rounds = [
      [12 * mib, 6 * mib],
      [3 * mib, mib / 2],
      [12 * mib, mib / 2],
    ] as const;
    for (const [before, after] of rounds.slice(0, process.env.CI === 'true' ? 3 : 1)) {
      const [one, two] = await openReplicas(t, newStoreOptions(server, { partBytes: 5 * mib }), 2);
      const first = await one!.begin();
      const paused = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const stalled = first.append(
        (async function* () {
          yield* inChunks(data.subarray(0, before), mib);
          paused.resolve();
          await released.promise;
          yield* inChunks(sampleBytes(after, 6), mib);
        })(),
      );
      const outcome = assert.rejects(stalled, (error) => isLadingError(error, 'INGEST_CLOSED', 'STORE_UNREACHABLE'));
      await paused.promise;
      const second = await two!.begin({ resume: first.id });
      assert.ok(second.offset <= before);
      await second.append(inChunks(data.subarray(second.offset), mib));
      released.resolve();
      await outcome;
      assert.equal((await second.commit({ digest: digestOf(data) })).size, data.length);
      assert.ok((await get(one!, digestOf(data), { maxBytes })).equals(data));
    }
  });

  test('one large content is committed by many replicas at once, and one copy of it stays', async (t) => {
    if (!isLongRun(t)) return;
    const options = newStoreOptions(server, { partBytes: 5 * mib });
    const stores = await openReplicas(t, options, 4);
    const data = sampleBytes(11 * mib, 7);
    const all = await Promise.all(stores.map((store) => put(store, inChunks(data, mib), { digest: digestOf(data) })));
    assert.equal(all.length, 4);
    for (const store of stores) assert.ok((await get(store, digestOf(data), { maxBytes })).equals(data));
    const folder = join(server.folder, options.prefix ?? '');
    assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'data', 'format']);
    assert.equal((await readdir(join(folder, 'data'))).length, 1);
  });

  test('what was suspended on one replica is adopted on another', async (t) => {
    const options = newStoreOptions(server, { partBytes: 5 * mib });
    const [one, two] = await openReplicas(t, options, 2);
    for (const size of [5 * mib, 11 * mib]) {
      const data = sampleBytes(size + mib, size);
      const expected = { digest: digestOf(data), size: data.length };
      const first = await one!.begin({ expected, adopt: true });
      await assert.rejects(first.append(thenBreaks(data.subarray(0, size))));
      await first.suspend();
      const second = await two!.begin({ expected, adopt: true });
      assert.equal(second.id, first.id);
      assert.equal(second.offset, size);
      await second.append(inChunks(data.subarray(size), mib));
      await second.commit();
      assert.ok((await get(one!, expected.digest, { maxBytes })).equals(data));
      const objects: string[] = await readdir(join(server.folder, options.prefix ?? '', 'data', first.id));
      assert.equal(objects.length, 1, 'the upload of the first was gone on with');
    }
  });

  test('however content is cut, broken off and moved between replicas, exactly its bytes are stored', async (t) => {
    if (!isLongRun(t)) return;
    const data = sampleBytes(14 * mib, 8);
    const step = fc.record({
      bytes: fc.nat({ max: 7 * mib }),
      chunk: fc.integer({ min: 50_000, max: 2 * mib }),
      end: fc.constantFrom('whole', 'breaks', 'resumed', 'elsewhere', 'suspended'),
    });
    const stores = await openReplicas(t, newStoreOptions(server, { partBytes: 5 * mib }), 2);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 5 }), fc.boolean(), async (steps, announced) => {
        let at = 0;
        const expected = announced ? { digest: digestOf(data), size: data.length } : {};
        let ingest = await stores[at]!.begin({ expected });
        for (const { bytes, chunk, end } of steps) {
          const part = data.subarray(ingest.offset, Math.min(data.length, ingest.offset + bytes));
          const offset = ingest.offset + part.length;
          if (end === 'breaks') await assert.rejects(ingest.append(thenBreaks(part)));
          else await ingest.append(inChunks(part, chunk));
          assert.equal(ingest.offset, offset);
          if (end === 'suspended' || (end === 'elsewhere' && announced)) await ingest.suspend();
          if (end === 'elsewhere') at = 1 - at;
          if (offset === 0 && announced && (end === 'suspended' || end === 'elsewhere'))
            ingest = await stores[at]!.begin({ expected });
          else if (end !== 'whole' && end !== 'breaks')
            ingest = await stores[at]!.begin({ resume: ingest.id, expected });
          assert.equal(ingest.offset, offset);
        }
        await ingest.append(inChunks(data.subarray(ingest.offset), 600_000));
        const { digest } = await ingest.commit({ digest: digestOf(data), size: data.length });
        assert.ok((await get(stores[1 - at]!, digest, { maxBytes })).equals(data));
        await stores[at]!.delete(digest);
      }),
      { numRuns: 12 },
    );
    assert.equal((await Array.fromAsync(stores[0]!.list())).length, 0);
  });
}
