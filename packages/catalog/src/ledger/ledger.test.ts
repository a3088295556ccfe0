import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Descriptor, emptyDescriptor } from '@lading/oci';
import { createMemoryJournal, createMemoryStore, type Journal, type JournalBatch } from '@lading/store';
import { moveTag } from '../internal/tags.ts';
import { openCatalog } from '../open-catalog.ts';
import { reindex } from '../reindex.ts';
import { alice, live, opened, placeFor, recorded } from '../testing/lively-catalog.ts';
import { testEverywhere } from '../testing/places.ts';
import { tablesOf } from '../testing/tables.ts';
import { verifyJournal } from './verify-journal.ts';

test('the journal, replayed into an empty database, gives the same tables', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  await live(catalog, place);
  const again = await opened(t, { ...place, path: ':memory:' });
  assert.deepEqual(await tablesOf(again.database), await tablesOf(catalog.database));
  const [move] = await again.tagHistory('team/app', 'latest');
  assert.equal(move?.by, 'user:alice');
});

test('a database that lost its end gets it back from the journal when it is opened', async (t) => {
  const place = await placeFor(t);
  const first = await opened(t, place);
  await recorded(first, place, 'early');
  await first.database.all('SELECT 1');
  await first.close();
  const copy = `${place.path}.early`;
  await cp(place.path, copy);
  const second = await opened(t, place);
  await live(second, place);
  const third = await opened(t, { ...place, path: copy });
  assert.deepEqual(await tablesOf(third.database), await tablesOf(second.database));
});

test('what stands in the journal and was never committed has happened for whoever writes next', async (t) => {
  const place = await placeFor(t);
  const lost = await opened(t, { ...place, path: ':memory:' });
  const catalog = await opened(t, place);
  // Each database takes the other for one that died after its append: they share a journal, which nobody is meant to do.
  const one = await recorded(lost, place, 'one');
  await lost.references('team/app').tag('latest', one);
  await catalog.linkBlob('team/app', emptyDescriptor.digest, 2);
  const outcome = await catalog.references('team/app').tag('latest', one, { expected: null });
  assert.deepEqual([outcome.tagged, 'actual' in outcome && outcome.actual?.digest], [false, one.digest]);
  await lost.references('team/app').untag('latest');
  await catalog.references('team/app').tag('next', one);
  assert.deepEqual(await Array.fromAsync(catalog.references('team/app').tags()), ['next']);
  assert.equal(await catalog.ledger.position(), 5);
  await lost.references('team/app').tag('last', one);
  assert.deepEqual((await tablesOf(lost.database)).audit?.slice(0, 5), (await tablesOf(catalog.database)).audit);
});

test('a database of another journal is refused', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  await live(catalog, place);
  await catalog.close();
  const other = { ...(await placeFor(t)), content: place.content };
  await recorded(await opened(t, other), other, 'other');
  const damaged = (error: unknown): boolean => isLadingError(error, 'JOURNAL_DAMAGED');
  await assert.rejects(openCatalog({ ...place, journal: other.journal }), damaged);
  await assert.rejects(openCatalog({ ...place, journal: createMemoryJournal() }), damaged);
});

test('writes that come together share an append, in the order they came, and fail alone', async (t) => {
  const batches: number[] = [];
  const journal = createMemoryJournal();
  const counting: Journal = {
    ...journal,
    append: (batch) => {
      batches.push(batch.first);
      return journal.append(batch);
    },
  };
  const place = { path: ':memory:', journal: counting, content: createMemoryStore() };
  const catalog = await opened(t, place);
  const one = await recorded(catalog, place, 'one');
  batches.length = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 60 }, (_, i) => {
      if (i % 20 === 10) return catalog.references('team/app').tag(`t${i}`, { ...one, digest: emptyDescriptor.digest });
      return catalog.references('team/app').tag('latest', one);
    }),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 3);
  assert.ok(batches.length <= 3, `${batches.length} appends`);
  assert.equal(await catalog.ledger.position(), 58);
});

test('a write that rejects after it entered something leaves nothing, and its neighbours are written', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  const one = await recorded(catalog, place, 'one');
  const tag = (name: string, fail = false): Promise<unknown> =>
    catalog.ledger.write(alice, async (page) => {
      await moveTag(page, 'team/app', name, one.digest);
      if (fail) throw new Error('no');
    });
  const outcomes = await Promise.allSettled([tag('a'), tag('b'), tag('c', true), tag('d')]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(await Array.fromAsync(catalog.references('team/app').tags()), ['a', 'b', 'd']);
  const again = await opened(t, { ...place, path: ':memory:' });
  assert.deepEqual(await tablesOf(again.database), await tablesOf(catalog.database));
});

test('a write whose append fails leaves nothing', async (t) => {
  const place = await placeFor(t);
  let failing = false;
  const journal: Journal = {
    ...place.journal,
    append: async (batch) => (failing ? Promise.reject(new Error('no disk')) : place.journal.append(batch)),
  };
  const catalog = await opened(t, { ...place, journal });
  const one = await recorded(catalog, place, 'one');
  failing = true;
  await assert.rejects(catalog.references('team/app').tag('a', one), /no disk/);
  failing = false;
  await catalog.references('team/app').tag('b', one);
  assert.deepEqual(await Array.fromAsync(catalog.references('team/app').tags()), ['b']);
});

test('a catalog that was kept without a journal begins one that tells all of it', async (t) => {
  const place = await placeFor(t);
  const before = await openCatalog({ path: place.path });
  await live(before, place);
  const { position: _, audit: __, ...said } = await tablesOf(before.database);
  await before.close();
  const catalog = await opened(t, place);
  const { position: ___, audit: ____, ...saying } = await tablesOf(catalog.database);
  // A repository comes into being with the first thing in it.
  assert.deepEqual(saying, { ...said, repositories: saying.repositories });
  await catalog.references('team/app', alice).untag('latest');
  const again = await opened(t, { ...place, path: ':memory:' });
  assert.deepEqual(await tablesOf(again.database), await tablesOf(catalog.database));
});

test('redact() takes a digest out of journal, history and audit; the chain holds, and a replay gives the same tables', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  await live(catalog, place);
  const secret = await recorded(catalog, place, 'secret');
  const references = catalog.references('team/app', alice);
  await references.tag('leaked', secret);
  await references.tag(`${secret.digest.replace(':', '-')}.sig`, secret);
  await catalog.removeManifest('team/app', secret.digest);
  await place.content.delete(secret.digest);
  assert.equal(await catalog.ledger.redact([secret.digest]), 4);
  assert.equal(await catalog.ledger.redact([secret.digest]), 0);

  const [, hex = ''] = secret.digest.split(':');
  const told = [...(await Array.fromAsync(place.journal.read(1)))].map(({ bytes }) => Buffer.from(bytes).toString());
  assert.equal(
    told.some((text) => text.includes(hex)),
    false,
  );
  assert.equal(JSON.stringify(await tablesOf(catalog.database)).includes(hex), false);
  const report = await verifyJournal(place.journal);
  assert.deepEqual([report.redacted, report.damage], [4, undefined]);
  assert.equal((await catalog.tagHistory('team/app', 'leaked')).length, 2);
  await references.untag('latest');
  const again = await opened(t, { ...place, path: ':memory:' });
  assert.deepEqual(await tablesOf(again.database), await tablesOf(catalog.database));
});

test('verifyJournal() finds a record that was changed, left out, or put in between', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  await live(catalog, place);
  const whole = await verifyJournal(place.journal);
  assert.deepEqual([whole.records, whole.damage], [await catalog.ledger.position(), undefined]);
  const expected = { sequence: whole.records, hash: whole.hash };
  assert.equal((await verifyJournal(place.journal, { expected })).damage, undefined);
  const batches = await Array.fromAsync(place.journal.read(1));
  const over = (changed: JournalBatch[]): Journal => ({
    ...place.journal,
    async *read() {
      yield* changed;
    },
  });
  const third = batches[2] as JournalBatch;
  const text = Buffer.from(third.bytes).toString();
  const bent = { first: third.first, bytes: Buffer.from(text.replace('user:alice', 'user:mallo')) };
  const cut = over(batches.slice(0, -1));
  assert.equal((await verifyJournal(cut)).damage, undefined);
  assert.match((await verifyJournal(cut, { expected })).damage ?? '', /ends before record/);
  assert.match((await verifyJournal(over(batches.with(2, bent)))).damage ?? '', /record 3 is not what was written/);
  assert.match((await verifyJournal(over(batches.toSpliced(2, 1)))).damage ?? '', /after record 2 comes record 4/);
  assert.match(
    (await verifyJournal(over(batches.toSpliced(2, 0, third)))).damage ?? '',
    /after record 3 comes record 3/,
  );
});

test('audit() lists who did what, by repository, by actor, and page by page', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  await live(catalog, place);
  const count = await catalog.ledger.position();
  const all = await catalog.ledger.audit({ limit: 1000 });
  assert.deepEqual(
    all.map(({ sequence }) => sequence),
    Array.from({ length: count }, (_, i) => count - i),
  );
  assert.deepEqual(await catalog.ledger.audit({ after: 0, limit: 1000 }), all.toReversed());
  assert.deepEqual(await catalog.ledger.audit({ before: 10, limit: 3 }), all.slice(count - 9, count - 6));
  const other = await catalog.ledger.audit({ repository: 'team/other', limit: 10 });
  assert.deepEqual(
    other.map(({ entry }) => entry.kind),
    ['blob.unlinked', 'blob.linked'],
  );
  const hers = await catalog.ledger.audit({ actor: 'user:alice', limit: 1000 });
  assert.deepEqual(
    hers,
    all.filter(({ by }) => by !== undefined),
  );
  assert.deepEqual(hers[0]?.by, alice);
});

test('reindex() makes a lost or broken database anew and sets the former one aside', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  await live(catalog, place);
  const tables = await tablesOf(catalog.database);
  await catalog.close();
  await writeFile(place.path, 'broken');
  const report = await reindex(place);
  assert.equal(report.records, Number(tables.position?.[0]?.sequence));
  assert.equal(await readFile(report.former ?? '', 'utf8'), 'broken');
  assert.deepEqual(await tablesOf((await opened(t, place)).database), tables);
});

testEverywhere(
  'the journal, replayed into another database, gives the same tables; replicas agree',
  async (t, where) => {
    const { journal, content } = await placeFor(t);
    const place = { ...where, journal, content };
    const [one, two] = [await opened(t, place), await opened(t, place)];
    await live(one, place);
    const manifests = [await recorded(one, place, 'a'), await recorded(two, place, 'b')];
    // Each move says what it moves from: of those that do so at once, one goes on.
    const wins = { one: 0, two: 0 };
    await Promise.all(
      Object.entries({ one, two }).map(async ([name, catalog]) => {
        const references = catalog.references('team/app', { name });
        for (let i = 0; i < 20; i++) {
          const current = await references.resolve('raced');
          const next = manifests.find(({ digest }) => digest !== current?.digest) as Descriptor;
          const outcome = await references.tag('raced', next, { expected: current?.digest ?? null });
          if (outcome.tagged) wins[name as 'one' | 'two']++;
        }
      }),
    );
    const history = await two.tagHistory('team/app', 'raced');
    assert.equal(history.length, wins.one + wins.two);
    for (const [i, move] of history.entries()) assert.equal(move.previous, history[i + 1]?.digest);
    const again = await opened(t, { ...place, url: undefined, path: ':memory:' });
    assert.deepEqual(await tablesOf(again.database), await tablesOf(one.database));
  },
);
