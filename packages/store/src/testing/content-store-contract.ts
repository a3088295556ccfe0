import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { collect, fromBuffer } from '@lading/bytes';
import { type Digest, digestOf } from '@lading/oci';
import type { ContentStore } from '../content-store.ts';
import { get } from '../get.ts';
import { put } from '../put.ts';
import { adoptionCases } from './adoption-cases.ts';
import { inChunks, SourceBroke, sampleBytes, thenBreaks } from './bytes-samples.ts';
import { assertAbsent, assertHolds, code, describe, maxBytes, mediaType } from './content-assertions.ts';
import { type Cases, type ContractOptions, runContract } from './contract.ts';

/**
 * The contract of ContentStore as tests. `open` gives a store that is empty or at least has none of the random-looking content used here;
 * it may register its clean-up with the test.
 */
export function contentStoreContract(
  name: string,
  open: (t: TestContext) => Promise<ContentStore>,
  options: ContractOptions = {},
): void {
  runContract(name, open, { ...cases, ...adoptionCases }, options);
}

const cases: Cases<ContentStore> = {
  'what was committed is read back whole': async (store) => {
    const data = sampleBytes(3_000_000, 1);
    const stored = await put(store, inChunks(data, 70_001), { ...describe(data), mediaType: 'text/x-sample' });
    assert.deepEqual(stored, { ...describe(data), mediaType: 'text/x-sample' });
    await assertHolds(store, data);
  },
  'empty content is content': async (store) => {
    const data = Buffer.alloc(0);
    await put(store, data, { mediaType });
    await assertHolds(store, data);
  },
  'the digest and size may be unknown before commit': async (store) => {
    const data = sampleBytes(1000, 2);
    const ingest = await store.begin();
    await ingest.append(fromBuffer(data));
    const { digest, size } = await ingest.commit();
    assert.deepEqual({ digest, size }, { digest: describe(data).digest, size: 1000 });
    await assertHolds(store, data);
  },
  'sha512 content is kept under its sha512 digest': async (store) => {
    const data = sampleBytes(5000, 3);
    const descriptor = describe(data, 'sha512');
    const early = await put(store, inChunks(data, 999), descriptor);
    assert.equal(early.digest, descriptor.digest);
    assert.ok((await get(store, descriptor, { maxBytes })).equals(data));
  },
  'an algorithm named only at commit is honoured': async (store) => {
    const data = sampleBytes(5000, 4);
    const ingest = await store.begin();
    await ingest.append(fromBuffer(data));
    assert.equal((await ingest.commit({ digest: digestOf(data, 'sha512') })).digest, digestOf(data, 'sha512'));
  },
  'an algorithm named at the beginning is what content is hashed with, also when the write is taken up again': async (
    store,
  ) => {
    const data = sampleBytes(5000, 14);
    const { id } = await store.begin({ expected: { algorithm: 'sha512' } });
    const ingest = await store.begin({ resume: id });
    await ingest.append(fromBuffer(data));
    assert.equal((await ingest.commit()).digest, digestOf(data, 'sha512'));
  },
  'absent content: stat is undefined, open throws BLOB_NOT_FOUND': async (store) => {
    await assertAbsent(store, describe(sampleBytes(10, 5)));
  },
  'append continues from offset': async (store) => {
    const data = sampleBytes(300_000, 6);
    const ingest = await store.begin({ expected: describe(data) });
    assert.equal(ingest.offset, 0);
    for (const [from, to] of [
      [0, 100_000],
      [100_000, 100_000],
      [100_000, 300_000],
    ] as const) {
      await ingest.append(inChunks(data.subarray(from, to), 1 << 15));
      assert.equal(ingest.offset, to);
    }
    await ingest.commit();
    await assertHolds(store, data);
  },
  'content is invisible before commit': async (store) => {
    const data = sampleBytes(1000, 7);
    const ingest = await store.begin({ expected: describe(data) });
    await ingest.append(fromBuffer(data));
    await assertAbsent(store, describe(data));
    await ingest.abort();
  },
  'commit with a wrong digest throws DIGEST_MISMATCH, stores nothing and ends the ingest': async (
    store: ContentStore,
  ) => {
    const data = sampleBytes(1000, 8);
    const wrong = describe(sampleBytes(1000, 9));
    const ingest = await store.begin({ expected: wrong });
    await ingest.append(fromBuffer(data));
    await assert.rejects(ingest.commit(), code('DIGEST_MISMATCH'));
    await assertAbsent(store, wrong);
    await assertAbsent(store, describe(data));
    await assert.rejects(ingest.append(fromBuffer(data)), code('INGEST_CLOSED'));
    await assert.rejects(store.begin({ resume: ingest.id }), code('INGEST_NOT_FOUND'));
  },
  'commit with a wrong size throws SIZE_MISMATCH, stores nothing and ends the ingest': async (store) => {
    const data = sampleBytes(1000, 10);
    const ingest = await store.begin();
    await ingest.append(fromBuffer(data));
    await assert.rejects(ingest.commit({ ...describe(data), size: 1001 }), code('SIZE_MISMATCH'));
    await assertAbsent(store, describe(data));
    await assert.rejects(store.begin({ resume: ingest.id }), code('INGEST_NOT_FOUND'));
  },
  'after commit and after abort an ingest is closed, and abort does nothing': async (store) => {
    const data = sampleBytes(1000, 11);
    for (const end of ['commit', 'abort'] as const) {
      const ingest = await store.begin();
      await ingest.append(fromBuffer(data));
      await ingest[end]();
      await assert.rejects(ingest.append(fromBuffer(data)), code('INGEST_CLOSED'));
      await assert.rejects(ingest.commit(), code('INGEST_CLOSED'));
      await ingest.abort();
      await assert.rejects(store.begin({ resume: ingest.id }), code('INGEST_NOT_FOUND'));
    }
    await assertHolds(store, data);
  },
  'a source that breaks keeps what arrived; the ingest goes on from offset': async (store) => {
    const data = sampleBytes(400_000, 12);
    const ingest = await store.begin({ expected: describe(data) });
    await assert.rejects(
      ingest.append(thenBreaks(data.subarray(0, 250_000))),
      (error) => error instanceof SourceBroke || error instanceof Error,
    );
    assert.ok(ingest.offset <= 250_000, 'never more than what was sent');
    await ingest.append(inChunks(data.subarray(ingest.offset), 1 << 16));
    await ingest.commit();
    await assertHolds(store, data);
  },
  'a broken ingest is resumed by its id': async (store) => {
    const data = sampleBytes(400_000, 13);
    const first = await store.begin({ expected: describe(data) });
    await first.append(inChunks(data.subarray(0, 150_000), 1 << 16));
    const second = await store.begin({ resume: first.id });
    assert.equal(second.id, first.id);
    assert.equal(second.offset, 150_000);
    await second.append(inChunks(data.subarray(150_000), 1 << 16));
    await second.commit(describe(data));
    await assertHolds(store, data);
  },
  'an id that never was cannot be resumed': async (store) => {
    for (const resume of ['00000000-0000-4000-8000-000000000000', '../blobs', '']) {
      await assert.rejects(store.begin({ resume }), code('INGEST_NOT_FOUND'));
    }
  },
  'a signal ends an append with INTERRUPTED': async (store) => {
    const controller = new AbortController();
    const data = sampleBytes(200_000, 14);
    const ingest = await store.begin();
    async function* endless() {
      yield* inChunks(data, 1 << 16);
      controller.abort();
      yield* inChunks(data, 1 << 16);
    }
    await assert.rejects(ingest.append(endless(), { signal: controller.signal }), code('INTERRUPTED'));
    await ingest.abort();
  },
  'a signal that fired already refuses every call': async (store) => {
    const data = sampleBytes(100, 15);
    const descriptor = await put(store, data, { mediaType });
    const signal = AbortSignal.abort();
    await assert.rejects(store.stat(descriptor, { signal }), code('INTERRUPTED'));
    await assert.rejects(store.open(descriptor, { signal }), code('INTERRUPTED'));
    await assert.rejects(store.begin({ signal }), code('INTERRUPTED'));
  },
  'a signal ends a read with INTERRUPTED': async (store) => {
    const data = sampleBytes(4_000_000, 16);
    await put(store, data, { mediaType });
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const _ of await store.open(describe(data), { signal: controller.signal })) controller.abort();
    };
    await assert.rejects(read(), code('INTERRUPTED'));
  },
  'content that exists is committed again without harm': async (store) => {
    const data = sampleBytes(1000, 17);
    await put(store, data, { mediaType });
    await put(store, data, { mediaType });
    await assertHolds(store, data);
  },
  'the same content is committed by many at once': async (store) => {
    const data = sampleBytes(200_000, 18);
    const all = await Promise.all(Array.from({ length: 8 }, () => put(store, inChunks(data, 30_000), describe(data))));
    assert.equal(new Set(all.map((descriptor) => descriptor.digest)).size, 1);
    await assertHolds(store, data);
  },
  'ranges give exactly their bytes': async (store) => {
    const data = sampleBytes(1_200_000, 19);
    await put(store, data, { mediaType });
    for (const [start, end] of [
      [0, 1],
      [0, undefined],
      [5, 5],
      [777_777, 1_111_111],
      [1_199_999, undefined],
      [1_100_000, 9_999_999],
    ] as const) {
      const bytes = await store.open(describe(data), { range: { start, end } });
      const part = await collect(bytes, { maxBytes, what: 'range' });
      assert.ok(part.equals(data.subarray(start, end)), `range ${start}–${end}`);
    }
  },
  'a range past the end or reversed throws RANGE_INVALID': async (store) => {
    const data = sampleBytes(100, 20);
    await put(store, data, { mediaType });
    for (const range of [{ start: 101 }, { start: 60, end: 50 }, { start: -1 }]) {
      await assert.rejects(
        async () => collect(await store.open(describe(data), { range }), { maxBytes, what: 'range' }),
        code('RANGE_INVALID'),
      );
    }
  },
  'a target with a wrong size throws SIZE_MISMATCH while reading': async (store) => {
    const data = sampleBytes(1000, 21);
    await put(store, data, { mediaType });
    for (const size of [999, 1001]) {
      await assert.rejects(get(store, { ...describe(data), size }, { maxBytes }), code('SIZE_MISMATCH'));
    }
  },
  'a stream may be left early, and read twice': async (store) => {
    const data = sampleBytes(2_000_000, 22);
    await put(store, data, { mediaType });
    for (let turn = 0; turn < 3; turn++) {
      for await (const chunk of await store.open(describe(data))) {
        assert.ok(chunk.length > 0 && chunk.length < data.length);
        break;
      }
    }
    await assertHolds(store, data);
  },
  'delete tells whether content was there': async (store) => {
    const data = sampleBytes(1000, 24);
    await put(store, data, { mediaType });
    assert.equal(await store.delete(describe(data).digest), true);
    assert.equal(await store.delete(describe(data).digest), false);
    await assertAbsent(store, describe(data));
  },
  'list shows what is stored and nothing on its way': async (store) => {
    const stored = [25, 26, 27].map((seed) => sampleBytes(1000 + seed, seed));
    for (const data of stored) await put(store, data, { mediaType });
    const pending = await store.begin();
    await pending.append(fromBuffer(sampleBytes(10, 28)));
    const found = new Map<Digest, number>();
    for await (const { digest, size } of store.list()) found.set(digest, size);
    for (const data of stored) assert.equal(found.get(describe(data).digest), data.length);
    assert.equal(found.has(describe(sampleBytes(10, 28)).digest), false);
    await pending.abort();
  },
  'a lease may be taken on content that is still on its way, and released twice': async (store) => {
    const { digest } = describe(sampleBytes(10, 29));
    const before = Date.now();
    const lease = await store.lease(digest, 60_000);
    assert.deepEqual(lease.digests, [digest]);
    assert.ok(lease.expiresAt.getTime() >= before + 60_000);
    await lease.release();
    await lease.release();
  },
  'a lease is renewed until it is released': async (store) => {
    const lease = await store.lease(describe(sampleBytes(10, 35)).digest, 60_000);
    const { expiresAt } = lease;
    await lease.renew(120_000);
    assert.ok(lease.expiresAt >= expiresAt);
    await lease.release();
  },
};
