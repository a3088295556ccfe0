import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import { makeZip } from '../../testing/make-zip.ts';
import { findAdvisoryFiles } from '../sources/find-files.ts';
import { builtFrom, osvRecord, plain, writeFiles } from '../testing/built.ts';
import { buildAdvisories } from './build-advisories.ts';

const newer = { modified: '2024-05-05T00:00:00Z', summary: 'the newer one', aliases: ['CVE-2024-1'] };

test('equal records make equal bytes, whatever their order and their files', async (t) => {
  const folder = await temporaryFolder(t);
  const records = [
    osvRecord('GHSA-1', 'npm', 'left', newer),
    osvRecord('GHSA-2', 'PyPI', 'Py_Thing'),
    osvRecord('GHSA-1', 'npm', 'left', { summary: 'the older one' }),
  ];
  const one = await builtFrom(join(folder, 'a'), {
    'x/1.json': records[0],
    'x/2.json': records[1],
    'x/3.json': records[2],
  });
  const lines = records
    .toReversed()
    .map((record) => JSON.stringify(record))
    .join('\n');
  const two = await builtFrom(join(folder, 'b'), { 'all.jsonl': lines });
  const zip = makeZip(records.map((record, index) => ({ name: `${9 - index}.json`, content: JSON.stringify(record) })));
  const three = await builtFrom(join(folder, 'c'), { 'some.zip': zip });
  assert.deepEqual(two.bytes, one.bytes);
  assert.deepEqual(three.bytes, one.bytes);
  assert.equal(one.digest, one.database.digest);
  assert.equal(one.database.advisory('GHSA-1')?.title, 'the newer one');
  assert.equal(one.records, 2);
  for (const { database } of [one, two, three]) database.close();
});

test('withdrawn and malicious records stay out, and what cannot be read is a warning', async (t) => {
  const files = {
    'a.json': osvRecord('GHSA-1', 'npm', 'a', { withdrawn: '2024-01-01T00:00:00Z' }),
    'b.json': osvRecord('MAL-2024-1', 'npm', 'b'),
    'c.json': osvRecord('ALBA-2024:1', 'AlmaLinux:9', 'c'),
    'd.json': osvRecord('ALBA-2024:2', 'AlmaLinux:9', 'd', { related: ['CVE-2024-7'] }),
    'e.json': '{"id": "GHSA-5", "affec',
    'f.json': { packages: 'of something else' },
    'g.zip': Buffer.from('PK but not a zip'),
    'h.json': osvRecord('GHSA-6', 'npm', 'h'),
  };
  const { database, skipped, warnings } = await builtFrom(await temporaryFolder(t), files);
  t.after(() => database.close());
  assert.deepEqual(
    [...skipped],
    [
      ['malicious', 1],
      ['no vulnerability', 1],
      ['withdrawn', 1],
    ],
  );
  assert.equal(warnings.count, 3);
  assert.match(warnings.first.join('\n'), /^e\.json: .*no JSON[\s\S]*f\.json: it is nothing[\s\S]*g\.zip: /);
  assert.equal(database.records, 2);
  assert.deepEqual(database.affected('AlmaLinux:9', 'd')[0]?.aliases, ['CVE-2024-7']);
  const all = await builtFrom(await temporaryFolder(t), { 'b.json': files['b.json'] }, { malicious: true });
  t.after(() => all.database.close());
  assert.equal(all.database.advisory('MAL-2024-1')?.severity, 'critical');
});

test('a dump stands for its ecosystem alone: what it mentions of others is not all, and not known', async (t) => {
  const record = osvRecord('GHSA-1', 'npm', 'a', {
    affected: [
      { package: { ecosystem: 'npm', name: 'a' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }] },
      { package: { ecosystem: 'Maven', name: 'g:a' }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }] },
    ],
  });
  const zip = makeZip([{ name: 'GHSA-1.json', content: JSON.stringify(record) }]);
  const { database, sources } = await builtFrom(await temporaryFolder(t), { 'npm/all.zip': zip });
  t.after(() => database.close());
  assert.deepEqual(database.ecosystems, ['npm']);
  assert.deepEqual(sources, [{ name: 'OSV npm', records: 1, newest: '2024-01-02T03:04:05Z' }]);
});

test("a distribution's own list replaces what others say of its packages, and their ratings stay", async (t) => {
  const tracker = {
    zlib: {
      'CVE-2024-1': {
        description: 'A buffer overflow in zlib.',
        releases: {
          bookworm: { status: 'resolved', fixed_version: '1:1.2.13.dfsg-1+deb12u1', urgency: 'high**' },
          bullseye: { status: 'open', urgency: 'end-of-life', nodsa_reason: '' },
          trixie: { status: 'resolved', fixed_version: '0', urgency: 'unimportant' },
          sid: { status: 'open' },
        },
      },
    },
  };
  const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
  const osv = osvRecord('CVE-2024-1', 'Debian:12', 'zlib', { severity: [{ type: 'CVSS_V3', score: vector }] });
  const secdb = {
    apkurl: '{{urlprefix}}',
    distroversion: 'v3.18',
    packages: [{ pkg: { name: 'zlib', secfixes: { '1.2.13-r1': ['CVE-2024-1 XSA-1'], 0: ['CVE-2024-2'] } } }],
  };
  const kev = { catalogVersion: '1', vulnerabilities: [{ cveID: 'CVE-2024-1' }, { cveID: 'CVE-1999-1' }] };
  const epss = '#model_version:v1,score_date:2024-01-01\ncve,epss,percentile\nCVE-2024-1,0.12345,0.9\nCVE-2024-2,1,1\n';
  const files = {
    'tracker/data/json': tracker,
    'osv/CVE-2024-1.json': osv,
    'main.json': secdb,
    'kev.json': kev,
    'epss.csv.gz': gzipSync(epss),
  };
  const { database, sources, warnings } = await builtFrom(await temporaryFolder(t), files);
  t.after(() => database.close());
  assert.deepEqual(warnings, { first: [], count: 0 });
  assert.deepEqual(
    sources.map(({ name, records }) => `${name} ${records}`),
    ['Alpine:v3.18 secdb 2', 'CISA KEV 2', 'Debian security tracker 1', 'FIRST EPSS 2', 'OSV 1'],
  );
  const names = { id: 'DEBIAN-CVE-2024-1', aliases: ['CVE-2024-1'], versions: [] };
  const fixed = '1:1.2.13.dfsg-1+deb12u1';
  assert.deepEqual(database.affected('Debian:12', 'zlib').map(plain), [
    { ...names, ranges: [{ introduced: '0', fixed }], urgency: 'high' },
  ]);
  assert.deepEqual(database.affected('Debian:11', 'zlib').map(plain), [
    { ...names, ranges: [{ introduced: '0' }], willNotFix: true },
  ]);
  assert.deepEqual(database.affected('Debian:13', 'zlib').map(plain), [
    { ...names, ranges: [{ introduced: '0', fixed: '0' }], urgency: 'negligible' },
  ]);
  assert.deepEqual(
    database.affected('Alpine:v3.18', 'zlib').map(({ id, aliases, ranges }) => [id, aliases, ranges[0]?.fixed]),
    [
      ['ALPINE-CVE-2024-1', ['CVE-2024-1', 'XSA-1'], '1.2.13-r1'],
      ['ALPINE-CVE-2024-2', ['CVE-2024-2'], '0'],
    ],
  );
  const rated = database.advisory('CVE-2024-1');
  assert.equal(rated?.cvss[0]?.score, 9.8);
  assert.deepEqual([rated?.epss, rated?.kev], [0.12345, true]);
  assert.deepEqual(
    database.advisoriesOf('CVE-2024-1').map(({ id, kev: exploited }) => [id, exploited]),
    [
      ['ALPINE-CVE-2024-1', true],
      ['CVE-2024-1', true],
      ['DEBIAN-CVE-2024-1', true],
    ],
  );
  assert.equal(database.advisory('CVE-2024-2')?.epss, 1, 'known by its probability alone');
  assert.equal(database.advisory('CVE-1999-1'), undefined, 'nobody asks for what no advisory names');
});

test('sources without any advisory are an error that says what they should be', async (t) => {
  const folder = await writeFiles(await temporaryFolder(t), { 'a.json': { some: 'thing' } });
  await assert.rejects(buildAdvisories(await findAdvisoryFiles(folder)), (error) =>
    isLadingError(error, 'ADVISORIES_SOURCE_INVALID'),
  );
  await assert.rejects(findAdvisoryFiles(join(folder, 'absent')), (error) => isLadingError(error, 'FILE_NOT_FOUND'));
});

test('a build that is interrupted ends at once and leaves no thread', async (t) => {
  const records = Array.from({ length: 3000 }, (_, index) => ({
    name: `${index}.json`,
    content: JSON.stringify(osvRecord(`GHSA-${index}`, 'npm', `name-${index}`)),
  }));
  const folder = await writeFiles(await temporaryFolder(t), { 'a.zip': makeZip(records) });
  const files = await findAdvisoryFiles(folder);
  const threads = (): number => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
  const before = threads();
  for (const when of ['before it starts', 'when a batch is done']) {
    const controller = new AbortController();
    if (when === 'before it starts') controller.abort();
    const options = { signal: controller.signal, onProgress: () => controller.abort() };
    await assert.rejects(buildAdvisories(files, options), (error) => isLadingError(error, 'INTERRUPTED'), when);
    assert.equal(threads(), before, when);
  }
});
