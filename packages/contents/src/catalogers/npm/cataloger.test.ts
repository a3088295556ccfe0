import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { makeZip } from '../../testing/make-zip.ts';
import { npmCataloger } from './cataloger.ts';

async function found(path: string, record: unknown): Promise<unknown> {
  const text = typeof record === 'string' ? record : JSON.stringify(record);
  const facts = await catalogBytes(npmCataloger, path, text);
  return facts?.map((fact) => (fact.kind === 'package' ? fact.package : fact));
}

const alpha = { name: 'alpha', version: '1.2.3' };
const alphaPackage = { type: 'npm', ...alpha };

test('packages are found wherever npm, pnpm, Yarn and Debian put them', async () => {
  for (const path of [
    'app/node_modules/alpha/package.json',
    'node_modules/alpha/package.json',
    'app/node_modules/b/node_modules/@s/c/node_modules/alpha/package.json',
    'usr/lib/node_modules/npm/node_modules/alpha/package.json',
    'app/node_modules/.pnpm/alpha@1.2.3/node_modules/alpha/package.json',
    'app/.yarn/unplugged/alpha-npm-1.2.3-0123456789/node_modules/alpha/package.json',
    'app/node_modules/an-alias/package.json',
    'usr/share/nodejs/alpha/package.json',
    'opt/alpha-v1.2.3/package.json',
    'package.json',
  ])
    assert.deepEqual(await found(path, alpha), [alphaPackage], path);
});

test('a scope is the namespace', async () => {
  assert.deepEqual(await found('node_modules/@acme/alpha/package.json', { ...alpha, name: '@acme/alpha' }), [
    { type: 'npm', namespace: '@acme', name: 'alpha', version: '1.2.3' },
  ]);
});

test('what lies inside a package is not one, unless it was built in: a folder of its name that is not the package itself', async () => {
  const inside = 'node_modules/alpha/dist/compiled';
  assert.deepEqual(await found(`${inside}/beta/package.json`, { name: 'beta', version: '2.0.0' }), [
    { type: 'npm', name: 'beta', version: '2.0.0' },
  ]);
  assert.deepEqual(await found(`${inside}/@s/beta/package.json`, { name: '@s/beta', version: '2.0.0' }), [
    { type: 'npm', namespace: '@s', name: 'beta', version: '2.0.0' },
  ]);
  assert.deepEqual(await found('node_modules/alpha/dist/esm/package.json', alpha), []);
  assert.deepEqual(await found('node_modules/alpha/dist/alpha/package.json', alpha), []);
  assert.deepEqual(
    await found('node_modules/alpha/test/x/package.json', { name: 'x', version: '0.0.0', private: true }),
    [],
  );
  assert.deepEqual(await found('node_modules/@s/alpha/dist/package.json', { type: 'module' }), []);
});

test('an application that npm would not publish is told from packages', async () => {
  assert.deepEqual(await found('app/package.json', { ...alpha, private: true }), [{ ...alphaPackage, role: 'main' }]);
  assert.deepEqual(await found('app/node_modules/alpha/package.json', { ...alpha, private: true }), [alphaPackage]);
});

test('files that only look like records are not read', async () => {
  for (const path of [
    'node_modules/package.json',
    'node_modules/@s/package.json',
    'node_modules/alpha/my-package.json',
    'node_modules/alpha/package.json.bak',
    'app/package-lock.json',
    'downloads/alpha.zip',
  ])
    assert.equal(await found(path, alpha), undefined, path);
});

test('records without a name or a version of npm are no packages: templates, fixtures, module types', async () => {
  for (const record of [
    { type: 'module' },
    { name: 'alpha' },
    { version: '1.0.0' },
    { name: '', version: '1.0.0' },
    { name: 'alpha', version: '' },
    { name: ['alpha'], version: '1.0.0' },
    { name: '{{name}}', version: '1.0.0' },
    { name: '<%= name %>', version: '1.0.0' },
    { name: 'a/b/c', version: '1.0.0' },
    { name: 'alpha', version: '%VERSION%' },
    { name: 'alpha\ud800', version: '1.0.0' },
    [],
  ])
    assert.deepEqual(await found('node_modules/alpha/package.json', record), [], JSON.stringify(record));
  assert.deepEqual(await found('node_modules/alpha/package.json', { name: 'alpha', version: ' v1.2.3 ' }), [
    alphaPackage,
  ]);
});

test('licenses are read in every shape that npm ever took', async () => {
  for (const [record, licenses] of [
    [{ license: 'MIT' }, ['MIT']],
    [{ license: '(MIT OR Apache-2.0)' }, ['(MIT OR Apache-2.0)']],
    [{ license: { type: 'BSD', url: 'https://example.org' } }, ['BSD']],
    [{ licenses: [{ type: 'MIT' }, { name: 'ISC' }, 'MIT', 7, null] }, ['MIT', 'ISC']],
    [{ license: ['MIT', 'ISC'] }, ['MIT', 'ISC']],
    [{ licenses: 'MIT' }, ['MIT']],
    [{ license: '' }, undefined],
    [{ license: 42, licenses: {} }, undefined],
  ] as const) {
    const expected = licenses === undefined ? alphaPackage : { ...alphaPackage, licenses };
    assert.deepEqual(await found('node_modules/alpha/package.json', { ...alpha, ...record }), [expected]);
  }
});

test('marks of byte order, line ends and bytes that are no text do not matter', async () => {
  const path = 'node_modules/alpha/package.json';
  const text = '{\r\n  "name": "alpha",\r\n  "version": "1.2.3"\r\n}\r\n';
  const author = Buffer.from([
    ...Buffer.from('{"author":"'),
    0xff,
    0xfe,
    ...Buffer.from('","name":"alpha","version":"1.2.3"}'),
  ]);
  for (const bytes of [`\ufeff${text}`, Buffer.from(`\ufeff${text}`, 'utf16le'), author])
    assert.deepEqual((await catalogBytes(npmCataloger, path, bytes))?.length, 1);
});

test('a broken record is an error that names the path and the place', async () => {
  const path = 'node_modules/alpha/package.json';
  await assert.rejects(found(path, '{"name": "alpha",}'), {
    code: 'PACKAGE_RECORD_INVALID',
    message: /node_modules\/alpha\/package\.json.*position 17/,
  });
  for (const text of ['', 'null', '7', '<<<<<<< HEAD'])
    await assert.rejects(found(path, text), { code: 'PACKAGE_RECORD_INVALID' });
  await assert.rejects(found(path, ' '.repeat((4 << 20) + 1)), { code: 'CONTENT_TOO_LARGE' });
  await assert.rejects(found(path, '['.repeat(900_000)), { code: 'PACKAGE_RECORD_INVALID' });
});

test('a package in a zip of Yarn is found with those that it bundles', async () => {
  const zip = makeZip([
    { name: 'node_modules/@s/alpha/package.json', content: JSON.stringify({ name: '@s/alpha', version: '1.0.0' }) },
    { name: 'node_modules/@s/alpha/dist/package.json', content: '{"type":"module"}' },
    { name: 'node_modules/@s/alpha/node_modules/beta/package.json', content: '{"name":"beta","version":"2.0.0"}' },
  ]);
  const path = 'app/.yarn/cache/@s-alpha-npm-1.0.0-0123456789-abcdef.zip';
  const facts = (await catalogBytes(npmCataloger, path, zip)) ?? [];
  assert.deepEqual(
    facts.map((fact) => fact.kind === 'package' && [fact.package.name, fact.package.version, fact.package.location]),
    [
      ['alpha', '1.0.0', `${path}!/node_modules/@s/alpha/package.json`],
      ['beta', '2.0.0', `${path}!/node_modules/@s/alpha/node_modules/beta/package.json`],
    ],
  );
  await assert.rejects(catalogBytes(npmCataloger, path, 'no zip'), { code: 'ZIP_INVALID' });
});

test('whatever the values of a record are, it is a package of plain words or none', async () => {
  const record = fc.record({
    name: fc.oneof(fc.string(), fc.jsonValue()),
    version: fc.string(),
    license: fc.jsonValue(),
  });
  await fc.assert(
    fc.asyncProperty(record, async (value) => {
      const [fact] = (await catalogBytes(npmCataloger, 'node_modules/x/package.json', JSON.stringify(value))) ?? [];
      if (fact?.kind === 'package') assert.match(`${fact.package.name}@${fact.package.version}`, /^\S+@\S+$/);
    }),
    { numRuns: 200 },
  );
});
