import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Descriptor, descriptorOf, emptyDescriptor, encodeJson, mediaTypes } from '@lading/oci';
import {
  type ContentStore,
  createMemoryJournal,
  createMemoryStore,
  type Journal,
  openDirectoryJournal,
  put,
} from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import type { Catalog } from '../catalog.ts';
import { moveTag } from '../internal/tags.ts';
import { openCatalog } from '../open-catalog.ts';
import { tablesOf } from '../testing/tables.ts';

interface Place {
  readonly path: string;
  readonly journal: Journal;
  readonly content: ContentStore;
}

const alice = { name: 'user:alice', client: '192.0.2.7', agent: 'skopeo' };

async function placeFor(t: TestContext): Promise<Place> {
  const folder = await temporaryFolder(t);
  const journal = await openDirectoryJournal(join(folder, 'journal'));
  t.after(() => journal.close());
  return { path: join(folder, 'catalog.sqlite'), journal, content: createMemoryStore() };
}

async function opened(t: TestContext, place: Place): Promise<Catalog> {
  const catalog = await openCatalog(place);
  t.after(() => catalog.close());
  return catalog;
}

async function recorded(catalog: Catalog, { content }: Pick<Place, 'content'>, name: string): Promise<Descriptor> {
  const config = await put(content, Buffer.from('{}'), emptyDescriptor);
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [],
    annotations: { name },
  });
  const descriptor = descriptorOf(bytes, mediaTypes.ociManifest);
  await put(content, bytes, descriptor);
  await catalog.references('team/app', alice).record(descriptor, bytes);
  return descriptor;
}

/** A bit of everything that entries can say. */
async function live(catalog: Catalog, place: Place): Promise<void> {
  const [one, two, three] = [
    await recorded(catalog, place, 'one'),
    await recorded(catalog, place, 'two'),
    await recorded(catalog, place, 'three'),
  ];
  const references = catalog.references('team/app', alice);
  await catalog.linkBlob('team/app', emptyDescriptor.digest, 2, alice);
  await catalog.linkBlob('team/other', emptyDescriptor.digest, 2);
  await references.tag('latest', one);
  await references.tag('latest', two);
  await references.tag('latest', two);
  await references.tag('old', one);
  await references.tag('older', one);
  await references.untag('older');
  await catalog.pin('team/app', three.digest);
  await catalog.unpin('team/app', three.digest);
  await catalog.pin('team/app', two.digest, alice);
  await catalog.unlinkBlob('team/other', emptyDescriptor.digest);
  await catalog.removeManifest('team/app', one.digest, alice);
  await catalog.sweep({ undoSince: new Date('2100-01-01'), recordedSince: new Date('2100-01-01') });
}

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
