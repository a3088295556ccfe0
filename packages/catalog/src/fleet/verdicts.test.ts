import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Catalog } from '../catalog.ts';
import { type CatalogPlace, openCatalog } from '../open-catalog.ts';
import { found, stored } from '../testing/fleet.ts';
import { testEverywhere } from '../testing/places.ts';
import type { FleetPage } from './find-matches.ts';
import { changedVulnerabilities, concernedImages, concernedPackages, forgetChanges } from './verdict-changes.ts';
import {
  beginVerdicts,
  type FleetPosition,
  findAffected,
  fleetPosition,
  packagesToJudge,
  recordVerdicts,
  type Verdict,
} from './verdicts.ts';

const everything: FleetPage = { limit: 100, maySee: () => true };

async function opened(t: TestContext, place: CatalogPlace): Promise<Catalog> {
  const catalog = await openCatalog(place);
  t.after(() => catalog.close());
  return catalog;
}

const verdict = (vulnerability: string, more: Partial<Verdict> = {}): Verdict => ({
  ...{ vulnerability, aliases: [], severity: 'high', fix: 'fixed', fixedVersion: '9', ...more },
});

/** Judges all packages that a position leaves, by name, a few at a time. */
async function judge(catalog: Catalog, advisories: string, verdicts: Readonly<Record<string, readonly Verdict[]>>) {
  const { database } = catalog;
  let position = await fleetPosition(database);
  if (position?.advisories !== advisories) {
    position = await database.transaction((statements) => beginVerdicts(statements, { advisories, newest: '' }));
  }
  for (;;) {
    const packages = await packagesToJudge(database, position, 2);
    if (packages.length === 0) return;
    const from: FleetPosition = position;
    const judged = packages.map(({ id, package: { name } }) => ({ id, verdicts: verdicts[name] ?? [] }));
    const next = await database.transaction((statements) => recordVerdicts(statements, from, judged));
    assert.ok(next !== undefined);
    position = next;
    const late = await database.transaction((statements) => recordVerdicts(statements, from, judged));
    assert.equal(late, undefined, 'who comes late keeps nothing');
  }
}

async function changesOf(catalog: Catalog): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { id, name } of await changedVulnerabilities(catalog.database, 100)) {
    for (const kind of ['found', 'resolved'] as const) {
      const { images } = await concernedImages(catalog.database, id, kind, 100);
      for (const image of images) {
        const packages = await concernedPackages(catalog.database, id, kind, [image.id]);
        const rows = await catalog.database.all('SELECT name FROM tags WHERE digest = ?', image.digest);
        lines.push(`${rows[0]?.name} ${kind} ${name} ${packages.map((one) => one.package.name).sort()}`);
      }
    }
  }
  return lines;
}

testEverywhere('new advisories change verdicts, and each image hears once of each vulnerability', async (t, place) => {
  const catalog = await opened(t, place);
  const [a, b, c] = [found('npm', 'a', '1'), found('npm', 'b', '1'), found('npm', 'c', '1')];
  await stored(catalog, ['team/app', 'one'], ['l1'], [a, b]);
  await stored(catalog, ['team/app', 'two'], ['l2'], [b, c]);
  await judge(catalog, 'first', { a: [verdict('CVE-1')], c: [verdict('GHSA-x')] });
  assert.deepEqual(await changesOf(catalog), [], 'what is judged for the first time did not change');

  // CVE-1 is in "one" already; GHSA-x has a CVE now; CVE-2 is in both packages of "one".
  await judge(catalog, 'second', {
    a: [verdict('CVE-1'), verdict('CVE-2')],
    b: [verdict('CVE-1'), verdict('CVE-2')],
    c: [verdict('CVE-3', { aliases: ['GHSA-x'] })],
  });
  const expected = ['two found CVE-1 b', 'two found CVE-2 b', 'one found CVE-2 a,b'];
  assert.deepEqual(await changesOf(catalog), expected);

  await stored(catalog, ['team/app', 'three'], ['l3'], [found('npm', 'd', '1')]);
  await judge(catalog, 'second', { d: [verdict('CVE-4')] });
  assert.deepEqual(await changesOf(catalog), expected, 'a new image tells itself what it has');
  await judge(catalog, 'third', { a: [verdict('CVE-1')], c: [verdict('CVE-3')], d: [verdict('CVE-4')] });
  assert.deepEqual(await changesOf(catalog), [], 'what changed back before anybody was told did not change');

  await judge(catalog, 'fourth', { c: [verdict('CVE-3')] });
  assert.deepEqual(await changesOf(catalog), ['one resolved CVE-1 a', 'three resolved CVE-4 d']);
  await forgetChanges(catalog.database);
  assert.deepEqual(await changesOf(catalog), []);
});

testEverywhere('images are found by a vulnerability under any of its names', async (t, place) => {
  const catalog = await opened(t, place);
  const digest = await stored(catalog, ['team/app', '1'], ['l1', 'l2'], [found('npm', 'a', '1', { layer: 1 })]);
  await stored(catalog, ['team/other', '1'], ['l1'], [found('npm', 'b', '1')]);
  await judge(catalog, 'first', { a: [verdict('CVE-1', { aliases: ['GHSA-x', 'PYSEC-y'] })] });
  for (const name of ['CVE-1', 'GHSA-x']) {
    const { items, next } = await findAffected(catalog.database, name, everything);
    assert.equal(next, undefined);
    assert.deepEqual(
      items.map((item) => [item.digest, item.purl, item.layer, item.verdict]),
      [[digest, 'pkg:npm/a@1', 1, verdict('CVE-1', { aliases: ['GHSA-x', 'PYSEC-y'] })]],
    );
  }
  assert.deepEqual(await findAffected(catalog.database, 'CVE-2', everything), { items: [] });
});
