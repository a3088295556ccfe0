import assert from 'node:assert/strict';
import { fromBuffer } from '@lading/bytes';
import type { ContentStore } from '../content-store.ts';
import { inChunks, sampleBytes, thenBreaks } from './bytes-samples.ts';
import { assertHolds, code, describe } from './content-assertions.ts';
import type { Cases } from './contract.ts';

/** Writes that are suspended and gone on with. They are large: a store may drop small ones in place of keeping them. */
export const adoptionCases: Cases<ContentStore> = {
  'what was suspended is adopted by its digest, with all of its bytes': async (store) => {
    const data = sampleBytes(3_000_000, 30);
    const first = await store.begin({ expected: describe(data), adopt: true });
    assert.equal(first.offset, 0, 'there is none yet');
    await first.append(inChunks(data.subarray(0, 2_000_000), 1 << 16));
    await first.suspend();
    const second = await store.begin({ expected: describe(data), adopt: true });
    assert.equal(second.offset, 2_000_000);
    await second.append(inChunks(data.subarray(2_000_000), 1 << 16));
    await second.commit();
    await assertHolds(store, data);
    assert.equal(
      (await store.begin({ expected: describe(data), adopt: true })).offset,
      0,
      'what is over is not adopted',
    );
  },
  'what broke off and was suspended is adopted with what had arrived': async (store) => {
    const data = sampleBytes(3_000_000, 31);
    const first = await store.begin({ expected: describe(data) });
    await assert.rejects(first.append(thenBreaks(data.subarray(0, 2_500_000))));
    const { offset } = first;
    await first.suspend();
    const second = await store.begin({ expected: describe(data), adopt: true });
    assert.equal(second.offset, offset);
    await second.append(inChunks(data.subarray(offset), 1 << 16));
    await second.commit();
    await assertHolds(store, data);
  },
  'what is suspended while it is appended to is adopted when that call has ended, with all that it brought': async (
    store,
  ) => {
    const data = sampleBytes(3_000_000, 35);
    const first = await store.begin({ expected: describe(data) });
    const { promise: suspended, resolve: goOn } = Promise.withResolvers<void>();
    const appending = first.append(
      (async function* () {
        yield* inChunks(data.subarray(0, 2_000_000), 1 << 16);
        await suspended;
        yield* inChunks(data.subarray(2_000_000), 1 << 16);
      })(),
    );
    await first.suspend();
    goOn();
    await appending;
    const second = await store.begin({ expected: describe(data), adopt: true });
    assert.equal(second.offset, data.length);
    await second.commit();
    await assertHolds(store, data);
  },
  'a suspended write is adopted by one of many': async (store) => {
    const data = sampleBytes(3_000_000, 32);
    const first = await store.begin({ expected: describe(data) });
    await first.append(inChunks(data.subarray(0, 2_000_000), 1 << 16));
    await first.suspend();
    const all = await Promise.all([1, 2, 3].map(() => store.begin({ expected: describe(data), adopt: true })));
    assert.deepEqual(all.map((ingest) => ingest.offset).sort(), [0, 0, 2_000_000]);
    for (const ingest of all) {
      await ingest.append(inChunks(data.subarray(ingest.offset), 1 << 16));
      await ingest.commit();
    }
    await assertHolds(store, data);
  },
  'what somebody has in hand, and what has no known digest, is not adopted': async (store) => {
    const data = sampleBytes(3_000_000, 33);
    const held = await store.begin({ expected: describe(data) });
    const unknown = await store.begin();
    for (const ingest of [held, unknown]) await ingest.append(inChunks(data.subarray(0, 2_000_000), 1 << 16));
    await unknown.suspend();
    const other = await store.begin({ expected: describe(data), adopt: true });
    assert.equal(other.offset, 0);
    await other.append(inChunks(data, 1 << 16));
    await other.commit();
    await held.append(inChunks(data.subarray(held.offset), 1 << 16));
    await held.commit();
    await assertHolds(store, data);
  },
  'suspending closes the object; after commit and after abort it does nothing': async (store) => {
    const data = sampleBytes(3_000_000, 34);
    const ingest = await store.begin({ expected: describe(data) });
    await ingest.append(inChunks(data, 1 << 16));
    await ingest.suspend();
    await assert.rejects(ingest.append(fromBuffer(data)), code('INGEST_CLOSED'));
    await assert.rejects(ingest.commit(), code('INGEST_CLOSED'));
    await ingest.abort();
    await ingest.suspend();
    const next = await store.begin({ expected: describe(data), adopt: true });
    if (next.offset === 0) await next.append(inChunks(data, 1 << 16));
    await next.commit();
    await next.suspend();
    await assertHolds(store, data);
    const aborted = await store.begin({ expected: describe(data) });
    await aborted.abort();
    await aborted.suspend();
    assert.equal((await store.begin({ expected: describe(data), adopt: true })).offset, 0);
  },
};
