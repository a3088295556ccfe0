import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { digestOf } from '@lading/oci';
import { createMemoryJournal } from '@lading/store';
import { createDeliveries } from './internal/deliveries.ts';
import type { LedgerRecord } from './ledger/entry.ts';
import { type CatalogPlace, openCatalog } from './open-catalog.ts';
import { testEverywhere } from './testing/places.ts';

const digest = digestOf('layer');

async function opened(t: TestContext, place: CatalogPlace) {
  const clock = { at: new Date('2030-01-01T00:00:00Z') };
  const catalog = await openCatalog({ ...place, journal: createMemoryJournal(), now: () => clock.at });
  t.after(() => catalog.close());
  const deliveries = createDeliveries(catalog.database, () => clock.at);
  const wait = (ms: number): void => {
    clock.at = new Date(clock.at.getTime() + ms);
  };
  return { catalog, deliveries, wait };
}

const toBoth = ({ sequence, entry }: LedgerRecord) =>
  ['a', 'b'].map((receiver) => ({ receiver, event: String(sequence).padStart(12, '0'), body: entry.kind }));

testEverywhere(
  'what the ledger records is queued exactly once for each receiver, from when feeding began',
  async (t, place) => {
    const { catalog, deliveries } = await opened(t, place);
    await catalog.linkBlob('before', digest, 1);
    assert.equal(await deliveries.feed(toBoth), false);
    await Promise.all(Array.from({ length: 450 }, (_, index) => catalog.linkBlob(`app${index}`, digest, 1)));
    // Two replicas at once.
    while ((await Promise.all([deliveries.feed(toBoth), deliveries.feed(toBoth)])).includes(true));
    const queued = await deliveries.list('a', { state: 'waiting', limit: 1000 });
    assert.equal(queued.length, 450);
    assert.deepEqual(await deliveries.counts(), [
      { receiver: 'a', waiting: 450, dead: 0 },
      { receiver: 'b', waiting: 450, dead: 0 },
    ]);
    assert.equal(queued[0]?.body, 'blob.linked');
  },
);

testEverywhere('after a pause without receivers, nothing of the time between is queued', async (t, place) => {
  const { catalog, deliveries } = await opened(t, place);
  await deliveries.feed(toBoth);
  await deliveries.stopFeeding();
  await catalog.linkBlob('app', digest, 1);
  await deliveries.feed(toBoth);
  assert.deepEqual(await deliveries.counts(), []);
});

testEverywhere(
  'a delivery belongs to whoever claimed it until that is over; what failed comes again when its time has come',
  async (t, place) => {
    const { deliveries, wait } = await opened(t, place);
    await deliveries.add([1, 2, 3].map((event) => ({ receiver: 'a', event: String(event), body: '{}' })));
    const [first] = await deliveries.claim('a', 1, 1000);
    assert.deepEqual([first?.event, first?.attempts], ['1', 1]);
    const rest = await deliveries.claim('a', 5, 1000);
    assert.deepEqual(
      rest.map(({ event }) => event),
      ['2', '3'],
    );
    assert.deepEqual(await deliveries.claim('a', 5, 1000), []);
    assert.ok(first !== undefined && rest[0] !== undefined && rest[1] !== undefined);
    await deliveries.settle(first);
    await deliveries.postpone(rest[0], 'HTTP 500', new Date('2030-01-01T00:01:00Z'));
    await deliveries.postpone(rest[1], 'HTTP 410', undefined);
    wait(30_000);
    assert.deepEqual(await deliveries.claim('a', 5, 1000), []);
    wait(31_000);
    const [again] = await deliveries.claim('a', 5, 1000);
    assert.deepEqual([again?.event, again?.attempts, again?.error], ['2', 2, 'HTTP 500']);
    // Whoever had it is gone.
    wait(2000);
    assert.deepEqual((await deliveries.claim('a', 5, 1000))[0]?.attempts, 3);
  },
);

testEverywhere('what was given up is listed, can be tried again, and can be dropped', async (t, place) => {
  const { deliveries } = await opened(t, place);
  await deliveries.add(['1', '2'].map((event) => ({ receiver: 'a', event, body: '{}' })));
  for (const delivery of await deliveries.claim('a', 2, 1000))
    await deliveries.postpone(delivery, 'HTTP 500', undefined);
  const dead = await deliveries.list('a', { state: 'dead', limit: 10 });
  assert.deepEqual(
    dead.map(({ event, error, nextAt }) => [event, error, nextAt]),
    [
      ['1', 'HTTP 500', undefined],
      ['2', 'HTTP 500', undefined],
    ],
  );
  assert.deepEqual(await deliveries.counts(), [{ receiver: 'a', waiting: 0, dead: 2 }]);
  assert.equal(await deliveries.retry('a', '1'), true);
  assert.equal(await deliveries.remove('a', '2'), true);
  assert.equal(await deliveries.retry('a', '2'), false);
  assert.equal((await deliveries.claim('a', 5, 1000)).length, 1);
});
