import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { digestOf, emptyDescriptor, hexOf } from '@lading/oci';
import { createMemoryJournal, type Journal } from '@lading/store';
import type { Database } from '../database/database.ts';
import { migrate } from '../database/migrations.ts';
import { openSqlite } from '../database/sqlite.ts';
import { openCatalog } from '../open-catalog.ts';
import { alice, opened, placeFor } from '../testing/lively-catalog.ts';
import { createLedger } from './create-ledger.ts';
import type { Entry } from './entry.ts';
import { recover } from './recover.ts';
import { verifyJournal } from './verify-journal.ts';

const linked: Entry = { kind: 'blob.linked', repository: 'team/app', digest: emptyDescriptor.digest, size: 2 };
const noBytes = async (): Promise<undefined> => undefined;
const lost = new Error('the connection was lost');

/** How a commit can go wrong after the journal has its record. */
const broken: Readonly<Record<string, (database: Database) => Database['transaction']>> = {
  'is lost after it was done': (database) => async (work) => {
    await database.transaction(work);
    throw lost;
  },
  'is lost and was not done': (database) => (work) =>
    database.transaction(async (statements) => {
      await work(statements);
      throw lost;
    }),
  'conflicts with others and is tried again': (database) => async (work) => {
    const once = database.transaction(async (statements) => {
      await work(statements);
      throw lost;
    });
    await once.catch(() => {});
    return database.transaction(work);
  },
};

for (const [how, breaking] of Object.entries(broken)) {
  test(`a write whose commit ${how} is decided, applied and told once`, async (t) => {
    const database = await openSqlite(':memory:');
    t.after(() => database.close());
    await migrate(database);
    const journal = createMemoryJournal();
    let breaks = true;
    const transaction: Database['transaction'] = (work) => {
      const run = breaks ? breaking(database) : database.transaction;
      breaks = false;
      return run(work);
    };
    const times = [1, 2, 3].map((day) => new Date(Date.UTC(2026, 0, day)));
    const now = (): Date => times.shift() ?? new Date();
    const ledger = createLedger({ ...database, transaction }, { journal, manifestBytes: noBytes, now });
    const told: number[] = [];
    ledger.watch((records) => told.push(...records.map(({ sequence }) => sequence)));
    let decided = 0;
    await ledger.write(alice, async (page) => {
      decided++;
      await page.enter(linked);
    });
    assert.deepEqual([decided, told, await ledger.position()], [1, [1], 1]);
    assert.equal((await ledger.audit({ limit: 10 })).length, 1);
    assert.equal((await Array.fromAsync(journal.read(1))).length, 1);
  });
}

test('a batch whose writer takes it back, while another waits to apply it, is not applied', async (t) => {
  const database = await openSqlite(':memory:');
  t.after(() => database.close());
  await migrate(database);
  let seen = 0;
  const journal: Journal = {
    ...createMemoryJournal(),
    async *read() {
      if (seen++ === 0) yield { first: 1, bytes: Buffer.from('[]') };
    },
  };
  assert.equal(await recover(database, journal, noBytes), 0);
  assert.ok(seen >= 2);
});

test('close() waits for the writes that were asked for before', async (t) => {
  const place = await placeFor(t);
  const catalog = await openCatalog(place);
  const writes = Array.from({ length: 200 }, (_, i) => catalog.linkBlob(`team/app${i}`, emptyDescriptor.digest, 2));
  await Promise.all([catalog.close(), ...writes]);
  assert.equal(await (await opened(t, place)).ledger.position(), 200);
});

test('while the journal hangs, so many writes wait and no more', async (t) => {
  const { promise: hangs, resolve: goOn } = Promise.withResolvers<void>();
  const memory = createMemoryJournal();
  const journal: Journal = { ...memory, append: (batch) => hangs.then(() => memory.append(batch)) };
  const { content } = await placeFor(t);
  const catalog = await opened(t, { path: ':memory:', journal, content });
  const first = catalog.linkBlob('team/app', emptyDescriptor.digest, 2);
  const waiting = Array.from({ length: 10_000 }, () => catalog.ledger.write(alice, async () => 'written'));
  await assert.rejects(
    catalog.ledger.write(alice, async () => 'too many'),
    (error) => isLadingError(error, 'CATALOG_UNAVAILABLE') && error.transient,
  );
  goOn();
  await first;
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['written']));
});

test('redactions at the same time both hold, also of what came in one batch', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  const digests = ['one', 'two', 'three', 'four'].map((text) => digestOf(Buffer.from(text)));
  await Promise.all(digests.map((digest) => catalog.linkBlob('team/app', digest, 2)));
  const changed = await Promise.all(digests.map((digest) => catalog.ledger.redact([digest])));
  assert.deepEqual(changed, [1, 1, 1, 1]);
  const said = (await Array.fromAsync(place.journal.read(1))).map(({ bytes }) => Buffer.from(bytes).toString()).join();
  assert.deepEqual(
    digests.filter((digest) => said.includes(hexOf(digest))),
    [],
  );
  assert.deepEqual((await verifyJournal(place.journal)).redacted, 4);
});
