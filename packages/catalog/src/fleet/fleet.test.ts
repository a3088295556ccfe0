import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ImageSecret } from '@lading/facts';
import { digestOf } from '@lading/oci';
import type { Catalog } from '../catalog.ts';
import { type CatalogPlace, openCatalog } from '../open-catalog.ts';
import { contain, factsOf, found, stored } from '../testing/fleet.ts';
import { testEverywhere } from '../testing/places.ts';
import { findBases, findDerived } from './find-bases.ts';
import type { FleetPage, FoundPage } from './find-matches.ts';
import { findPackages } from './find-packages.ts';
import { findSecrets } from './find-secrets.ts';
import { forgetFleetImage, trimFleet } from './forget-contents.ts';
import { parsePackageQuery } from './package-query.ts';

const everything: FleetPage = { limit: 100, maySee: () => true };

async function opened(t: TestContext, place: CatalogPlace): Promise<Catalog> {
  const catalog = await openCatalog(place);
  t.after(() => catalog.close());
  return catalog;
}

/** Every page of a search, one after the other. */
async function paged<T>(limit: number, find: (page: FleetPage) => Promise<FoundPage<T>>): Promise<T[]> {
  const all: T[] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await find({ limit, after, maySee: () => true });
    assert.ok(items.length <= limit);
    all.push(...items);
    if (next === undefined) return all;
    after = next;
  }
}

testEverywhere('images are found by what they contain, in every repository that may be seen', async (t, place) => {
  const catalog = await opened(t, place);
  const openssl = found('deb', 'libssl3', '3.0.11-1', { source: { name: 'openssl', version: '3.0.11-1' } });
  const lodash = found('npm', 'lodash', '4.17.20', { layer: 1 });
  const app = await stored(catalog, ['team/app', '1'], ['base', 'app'], [openssl, lodash]);
  await stored(catalog, ['team/web', '1'], ['base', 'web'], [openssl, { ...lodash, version: '4.17.21' }]);
  await stored(catalog, ['secret/tool', '1'], ['base', 'tool'], [openssl]);
  const search = async (text: string, page: Partial<FleetPage> = {}) =>
    (await findPackages(catalog.database, parsePackageQuery(text), { ...everything, ...page })).items.map(
      ({ purl, layer, repositories: [repository] }) => `${repository?.name}:${repository?.tags} ${purl} ${layer}`,
    );
  assert.deepEqual(await search('npm:lodash >=4 <4.17.21'), ['team/app:1 pkg:npm/lodash@4.17.20 1']);
  const library = 'pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12 0';
  assert.deepEqual(await search('openssl <3.0.15', { maySee: (name) => name.startsWith('team/') }), [
    `team/app:1 ${library}`,
    `team/web:1 ${library}`,
  ]);
  assert.deepEqual(await search('openssl >=3.0.15'), []);

  await catalog.database.transaction((statements) => forgetFleetImage(statements, app));
  assert.deepEqual(await search('npm:lodash <4.17.21'), []);
  assert.deepEqual(await trimFleet(catalog.database), { sets: 1, packages: 1 });
  assert.deepEqual(await trimFleet(catalog.database), { sets: 0, packages: 0 });
  await catalog.removeManifest('team/web', (await catalog.references('team/web').resolve('1'))?.digest ?? app);
  assert.deepEqual(await search('lodash'), [], 'an image that no repository has is not found');
});

testEverywhere('pages follow on each other, whatever their size and whatever comes between', async (t, place) => {
  const catalog = await opened(t, place);
  const expected: string[] = [];
  for (let image = 0; image < 12; image++) {
    const packages = [found('npm', 'x', `1.0.${image % 5}`, { layer: image % 3 }), found('npm', 'x', '2.0.0')];
    const digest = await stored(
      catalog,
      ['team/app', `${image}`],
      [`a${image % 2}`, `b${image}`, `c${image}`],
      packages,
    );
    expected.push(`${digest} 1.0.${image % 5}`, `${digest} 2.0.0`);
  }
  for (const limit of [1, 3, 7, 100]) {
    const all = await paged(limit, (page) => findPackages(catalog.database, parsePackageQuery('x'), page));
    assert.deepEqual(all.map((one) => `${one.digest} ${one.package.version}`).sort(), expected.toSorted(), `${limit}`);
  }
  const none = await findPackages(catalog.database, parsePackageQuery('x'), { limit: 2, maySee: () => false });
  assert.deepEqual(none, { items: [] });
});

testEverywhere(
  'what an image was built on is found among all images, also when the base comes later',
  async (t, place) => {
    const catalog = await opened(t, place);
    const app = await stored(catalog, ['team/app', '1'], ['os', 'node', 'app'], []);
    assert.deepEqual(await findBases(catalog.database, app, () => true), []);
    const os = await stored(catalog, ['base/os', '12'], ['os'], []);
    const node = await stored(catalog, ['base/node', '20'], ['os', 'node'], []);
    await stored(catalog, ['team/other', '1'], ['node', 'os', 'app'], []);
    const names = (images: readonly { readonly repositories: readonly { readonly name: string }[] }[] | undefined) =>
      images?.map(({ repositories }) => repositories[0]?.name);
    assert.deepEqual(names(await findBases(catalog.database, app, () => true)), ['base/node', 'base/os']);
    const derived = await findDerived(catalog.database, [os], everything);
    assert.deepEqual(
      derived?.items.map(({ repositories, baseLayers, layers, through }) => [
        repositories[0]?.name,
        baseLayers,
        layers,
        through,
      ]),
      [
        ['team/app', 1, 3, node],
        ['base/node', 1, 2, undefined],
      ],
    );
    assert.equal(await findDerived(catalog.database, [digestOf('unknown')], everything), undefined);
  },
);

testEverywhere('a secret is found by its fingerprint, and neither it nor its fingerprint is kept', async (t, place) => {
  const catalog = await opened(t, place);
  const fingerprint = 'f'.repeat(64);
  const secret: ImageSecret = {
    ...{ rule: 'github-pat', title: 'Token', severity: 'critical', place: 'file', layer: 0, hiddenBy: 1 },
    ...{ location: 'root/.netrc', fingerprint, excerpt: 'machine example.org password ***' },
  };
  assert.deepEqual(await findSecrets(catalog.database, [fingerprint], everything), { items: [] });
  await stored(catalog, ['team/app', '1'], ['a', 'b'], [], [secret, { ...secret, location: 'root/other' }]);
  const others = Array.from({ length: 300 }, (_, index) => `${index}`);
  const items = await paged(1, (page) => findSecrets(catalog.database, [...others, fingerprint], page));
  assert.deepEqual(
    items.map(({ rule, path, layer, hiddenBy }) => [rule, path, layer, hiddenBy]),
    [
      ['github-pat', 'root/.netrc', 0, 1],
      ['github-pat', 'root/other', 0, 1],
    ],
  );
  const kept = JSON.stringify(await catalog.database.all('SELECT * FROM fleet_secrets'));
  assert.ok(!kept.includes(fingerprint) && !kept.includes('password'));
});

testEverywhere('what is known of an image is replaced, and what images share is there once', async (t, place) => {
  const catalog = await opened(t, place);
  const packages = Array.from({ length: 300 }, (_, index) => found('npm', `package-${index}`, '1.0.0'));
  for (const tag of ['1', '2', '3']) await stored(catalog, ['team/app', tag], ['base', tag], packages);
  const count = async (table: string) => (await catalog.database.get(`SELECT count(*) AS count FROM ${table}`))?.count;
  assert.deepEqual([await count('fleet_packages'), await count('fleet_set_packages')], [300, 300]);
  const digest = await stored(catalog, ['team/app', '4'], ['base', '4'], packages);
  await contain(catalog, factsOf(digest, ['base'], packages.slice(0, 1)));
  assert.deepEqual([await count('fleet_images'), await count('fleet_layers')], [4, 7]);
  const { items } = await findPackages(catalog.database, parsePackageQuery('package-1'), everything);
  assert.equal(items.length, 3);
});
