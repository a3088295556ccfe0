import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { phpCataloger } from './cataloger.ts';

const path = 'var/www/vendor/composer/installed.json';
const packages = [
  {
    name: 'Acme/Alpha',
    version: 'v1.2.3',
    version_normalized: '1.2.3.0',
    dist: { type: 'zip', reference: 'a'.repeat(40), shasum: 'b'.repeat(40) },
    type: 'library',
    license: ['MIT', 'GPL-2.0-only'],
  },
  { name: 'acme/beta', version: 'dev-main', dist: { shasum: '' }, license: 'proprietary' },
  { name: 'no-vendor', version: '1.0.0' },
  { name: 'acme/gamma' },
  'nonsense',
];
const expected = [
  {
    type: 'composer',
    namespace: 'acme',
    name: 'alpha',
    version: '1.2.3',
    licenses: ['MIT', 'GPL-2.0-only'],
    hashes: { sha1: 'b'.repeat(40) },
  },
  { type: 'composer', namespace: 'acme', name: 'beta', version: 'dev-main', licenses: ['proprietary'] },
].map((found) => ({ kind: 'package', package: found }));

test('what Composer 1 and Composer 2 installed is found, with versions as advisories have them', async () => {
  assert.deepEqual(await catalogBytes(phpCataloger, path, JSON.stringify(packages)), expected);
  const second = { packages, dev: true, 'dev-package-names': ['acme/beta'] };
  assert.deepEqual(await catalogBytes(phpCataloger, path, JSON.stringify(second)), expected);
});

test('other files are not read, and broken ones named', async () => {
  for (const other of ['var/www/composer.lock', 'var/www/installed.json', 'vendor/mycomposer/installed.json'])
    assert.equal(await catalogBytes(phpCataloger, other, '[]'), undefined);
  for (const text of ['{}', '{"packages":{}}', '"x"', '['])
    await assert.rejects(catalogBytes(phpCataloger, path, text), { code: 'PACKAGE_RECORD_INVALID' });
});
