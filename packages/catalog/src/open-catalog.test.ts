import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Descriptor, descriptorOf, digestOf, emptyDescriptor, encodeJson, mediaTypes } from '@lading/oci';
import { createMemoryStore } from '@lading/store';
import { referenceStoreContract } from '@lading/store/testing';
import { runProgram, temporaryFolder } from '@lading/testkit';
import type { Catalog } from './catalog.ts';
import { openCatalog } from './open-catalog.ts';
import { places, testEverywhere } from './testing/places.ts';

function manifestOf(name: string): { bytes: Uint8Array; descriptor: Descriptor } {
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: emptyDescriptor,
    layers: [],
    annotations: { name },
  });
  return { bytes, descriptor: descriptorOf(bytes, mediaTypes.ociManifest) };
}

async function tagNew(catalog: Catalog, repository: string, tag: string, name = tag): Promise<Descriptor> {
  const { bytes, descriptor } = manifestOf(name);
  await catalog.references(repository).record(descriptor, bytes);
  await catalog.references(repository).tag(tag, descriptor);
  return descriptor;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const memory: typeof places = { 'SQLite in memory': async () => ({ path: ':memory:' }) };

for (const [kind, placeFor] of Object.entries({ ...places, ...memory })) {
  referenceStoreContract(`catalog references in ${kind}`, async (t) => {
    // Where PostgreSQL is not there the test is skipped already.
    const catalog = await openCatalog((await placeFor(t)) ?? { path: ':memory:' });
    t.after(() => catalog.close());
    return { name: 'team/app', content: createMemoryStore(), references: catalog.references('team/app') };
  });
}

testEverywhere('openCatalog() keeps tags, history and repositories across a close', async (t, place) => {
  const first = await openCatalog(place);
  const old = await tagNew(first, 'team/app', 'latest', 'one');
  const young = await tagNew(first, 'team/app', 'latest', 'two');
  await first.close();

  const second = await openCatalog(place);
  t.after(() => second.close());
  assert.equal((await second.references('team/app').resolve('latest'))?.digest, young.digest);
  const history = await second.tagHistory('team/app', 'latest');
  assert.deepEqual(
    history.map((move) => [move.digest, move.previous]),
    [
      [young.digest, old.digest],
      [old.digest, undefined],
    ],
  );
  assert.deepEqual(await collect(second.repositories()), ['team/app']);
});

test('openCatalog() refuses a catalog of a newer format', async (t) => {
  const path = join(await temporaryFolder(t), 'catalog.sqlite');
  await (await openCatalog({ path })).close();
  const database = new DatabaseSync(path);
  database.exec('UPDATE catalog_format SET version = 999');
  database.close();
  await assert.rejects(openCatalog({ path }), (error) => isLadingError(error, 'CATALOG_FORMAT'));
});

testEverywhere('a tag that another connection moves is seen at the next turn', async (t, place) => {
  const [a, b] = [await openCatalog(place), await openCatalog(place)];
  t.after(() => Promise.all([a.close(), b.close()]));
  const one = await tagNew(a, 'app', 'latest', 'one');
  assert.equal((await b.references('app').resolve('latest'))?.digest, one.digest);
  const two = await tagNew(a, 'app', 'latest', 'two');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await b.references('app').resolve('latest'))?.digest, two.digest);
});

testEverywhere('of many racing compare-and-swaps exactly one wins', async (t, place) => {
  const catalogs = await Promise.all(Array.from({ length: 4 }, () => openCatalog(place)));
  t.after(() => Promise.all(catalogs.map((catalog) => catalog.close())));
  const manifests = Array.from({ length: 16 }, (_, i) => manifestOf(`m${i}`));
  for (const { bytes, descriptor } of manifests) await catalogs[0]?.references('app').record(descriptor, bytes);
  const outcomes = await Promise.all(
    manifests.map(({ descriptor }, i) =>
      (catalogs[i % 4] as Catalog).references('app').tag('latest', descriptor, { expected: null }),
    ),
  );
  assert.equal(outcomes.filter((outcome) => outcome.tagged).length, 1);
});

test('several processes may open a new catalog at once', async (t) => {
  const path = join(await temporaryFolder(t), 'catalog.sqlite');
  const code = `import { openCatalog } from '@lading/catalog'; const c = await openCatalog({ path: ${JSON.stringify(path)} });
    await c.linkBlob('app', 'sha256:' + '0'.repeat(63) + process.env.N, 1); await c.close();`;
  const results = await Promise.all(
    [1, 2, 3, 4].map((n) =>
      runProgram(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', code],
        {
          cwd: import.meta.dirname,
          env: { ...process.env, N: String(n) },
        },
      ),
    ),
  );
  for (const result of results) assert.equal(result.code, 0, result.stderr);
  const catalog = await openCatalog({ path });
  t.after(() => catalog.close());
  assert.deepEqual(await collect(catalog.repositories()), ['app']);
});

testEverywhere('removeManifest() takes its tags with it and writes their history', async (t, place) => {
  const catalog = await openCatalog(place);
  t.after(() => catalog.close());
  const descriptor = await tagNew(catalog, 'app', 'v1');
  await catalog.references('app').tag('v2', descriptor);
  assert.equal(await catalog.removeManifest('app', descriptor.digest), true);
  assert.equal(await catalog.removeManifest('app', descriptor.digest), false);
  assert.deepEqual(await collect(catalog.tags('app')), []);
  const [latest] = await catalog.tagHistory('app', 'v2');
  assert.deepEqual([latest?.digest, latest?.previous], [undefined, descriptor.digest]);
});

testEverywhere('blobs belong to the repositories they were linked to', async (t, place) => {
  const catalog = await openCatalog(place);
  t.after(() => catalog.close());
  const digest = digestOf('content');
  assert.equal(await catalog.isReferenced(digest), false);
  await catalog.linkBlob('b', digest, 7);
  await catalog.linkBlob('a', digest, 7);
  await catalog.linkBlob('a', digest, 7);
  assert.deepEqual(await catalog.repositoriesOf(digest), ['a', 'b']);
  assert.equal(await catalog.blob('a', digest), 7);
  assert.equal(await catalog.blob('c', digest), undefined);
  assert.equal(await catalog.unlinkBlob('a', digest), true);
  assert.equal(await catalog.isReferenced(digest), true);
});

testEverywhere('tags() and repositories() page in byte order over more rows than one page', async (t, place) => {
  const catalog = await openCatalog(place);
  t.after(() => catalog.close());
  const { bytes, descriptor } = manifestOf('m');
  await catalog.references('app').record(descriptor, bytes);
  const names = Array.from({ length: 2100 }, (_, i) => `${i % 2 === 0 ? 'B' : 'a'}${i}`);
  await Promise.all(names.map((name) => catalog.references('app').tag(name, descriptor)));
  const listed = (await collect(catalog.tags('app'))).map((tag) => tag.name);
  assert.deepEqual(listed, names.toSorted());
  const page = await collect(catalog.references('app').tags({ after: 'B998', limit: 2 }));
  assert.deepEqual(
    page,
    names
      .toSorted()
      .slice(names.toSorted().indexOf('B998') + 1)
      .slice(0, 2),
  );
});

test('openCatalog() makes one catalog for processes that open it for the first time at once', async (t) => {
  const program = join(import.meta.dirname, 'testing/opener.ts');
  const args = [program, await temporaryFolder(t), String(Date.now() + 500), '20'];
  const outcomes = await Promise.all(
    Array.from({ length: 4 }, () => runProgram(process.execPath, args, { timeoutMs: 30_000 })),
  );
  for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
});
