import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { condaCataloger } from './cataloger.ts';

const path = 'opt/conda/conda-meta/openssl-3.0.13-h7f8727e_0.json';
const record = {
  build: 'h7f8727e_0',
  build_number: 0,
  channel: 'https://conda.example.org/pkgs/main/linux-64',
  depends: ['ca-certificates', 'libgcc-ng >=11.2.0'],
  files: ['bin/openssl'],
  fn: 'openssl-3.0.13-h7f8727e_0.conda',
  license: 'Apache-2.0',
  md5: '0123456789abcdef0123456789abcdef',
  name: 'OpenSSL',
  sha256: 'ab'.repeat(32),
  subdir: 'linux-64',
  version: '3.0.13',
};

test('a record of conda says the package with its build and digests', async () => {
  assert.deepEqual(await catalogBytes(condaCataloger, path, JSON.stringify(record)), [
    {
      kind: 'package',
      package: {
        type: 'conda',
        name: 'openssl',
        version: '3.0.13',
        qualifiers: { build: 'h7f8727e_0', channel: 'main', subdir: 'linux-64', type: 'conda' },
        licenses: ['Apache-2.0'],
        hashes: { md5: record.md5, sha256: record.sha256 },
      },
    },
  ]);
});

test('what a record leaves out is left out', async () => {
  const small = { name: 'a', version: '1', channel: 'conda-forge', md5: 'none', license: '' };
  assert.deepEqual(await catalogBytes(condaCataloger, path, JSON.stringify(small)), [
    { kind: 'package', package: { type: 'conda', name: 'a', version: '1', qualifiers: { channel: 'conda-forge' } } },
  ]);
});

test('only records of environments are read, and broken ones named', async () => {
  for (const other of ['opt/conda/conda-meta/history', 'opt/conda/pkgs/a-1-0/info/index.json', 'xconda-meta/a.json'])
    assert.equal(await catalogBytes(condaCataloger, other, '{}'), undefined);
  await assert.rejects(catalogBytes(condaCataloger, path, '{"name":"a"}'), {
    code: 'PACKAGE_RECORD_INVALID',
    message: `Cannot read ${path}: it has no name or version`,
  });
});
