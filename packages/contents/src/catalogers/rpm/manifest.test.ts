import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { rpmCataloger } from './cataloger.ts';

test("the manifest of Azure Linux's images without rpm gives their packages", async () => {
  const lines = [
    [
      'filesystem',
      '1.1-8.cm2',
      '1643279451',
      '1643072259',
      'Example',
      '(none)',
      '7506',
      'x86_64',
      '0',
      'fs-1.1-8.cm2.src.rpm',
    ],
    ['ca-tools', '2.0-1.cm2', '1643279454', '1643077372', '(none)', '1', '5204', 'noarch', '1', 'ca-2.0-1.cm2.src.rpm'],
    ['gpg-pubkey', '3135ce90-5e6fda74', '0', '0', '(none)', '(none)', '0', '(none)', '0', '(none)'],
  ];
  const text = lines.map((fields) => `${fields.join('\t')}\n`).join('');
  const facts = await catalogBytes(rpmCataloger, 'var/lib/rpmmanifest/container-manifest-2', text);
  assert.deepEqual(JSON.parse(JSON.stringify(facts)), [
    {
      kind: 'package',
      package: {
        type: 'rpm',
        name: 'filesystem',
        version: '1.1-8.cm2',
        architecture: 'x86_64',
        source: { name: 'fs', version: '1.1-8.cm2' },
        supplier: 'Example',
      },
    },
    {
      kind: 'package',
      package: {
        type: 'rpm',
        name: 'ca-tools',
        version: '1:2.0-1.cm2',
        source: { name: 'ca', version: '1:2.0-1.cm2' },
      },
    },
  ]);
});
