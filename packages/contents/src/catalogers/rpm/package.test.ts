import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRpmHeader, type RpmValue } from '../../testing/rpm-header.ts';
import { RpmHeader } from './header.ts';
import { readPackage } from './package.ts';

const facts = (values: Readonly<Record<number, RpmValue>>): unknown =>
  JSON.parse(
    JSON.stringify([...readPackage(RpmHeader.parse(makeRpmHeader(values)))], (key, value) =>
      key === 'paths' ? [...(value as Iterable<string>)] : value,
    ),
  );

const node = {
  1000: 'nodejs-full-i18n',
  1001: '12.22.12',
  1002: '1.module+el8',
  1003: 1,
  1011: 'Example, Inc.',
  1014: 'MIT and BSD',
  1015: 'Packager <packager@example.org>',
  1022: 'x86_64',
  1044: 'nodejs-12.22.12-1.module+el8.src.rpm',
  261: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  1116: [0, 1, 0],
  1117: ['a', 'b', 'c'],
  1118: ['/usr/share/node/', '/'],
  5096: 'nodejs:12:8060020220523160029:ad008a3a',
};

test('a header gives version with epoch, source, vendor, license, digest, module and paths', () => {
  assert.deepEqual(facts(node), [
    {
      kind: 'package',
      package: {
        type: 'rpm',
        name: 'nodejs-full-i18n',
        version: '1:12.22.12-1.module+el8',
        architecture: 'x86_64',
        source: { name: 'nodejs', version: '1:12.22.12-1.module+el8' },
        supplier: 'Example, Inc.',
        licenses: ['MIT and BSD'],
        hashes: { md5: '00112233445566778899aabbccddeeff' },
        qualifiers: { modularitylabel: 'nodejs:12:8060020220523160029:ad008a3a' },
      },
    },
    { kind: 'owns', type: 'rpm', name: 'nodejs-full-i18n', paths: ['usr/share/node/a', 'b', 'usr/share/node/c'] },
  ]);
});

test('a package without epoch, for every architecture, and of a source of another version is said so', () => {
  const [fact] = facts({
    1000: 'perl-x',
    1001: '2',
    1002: '3',
    1003: 0,
    1022: 'noarch',
    1044: 'perl-5-3.nosrc.rpm',
  }) as [{ package: unknown }];
  assert.deepEqual(fact.package, {
    type: 'rpm',
    name: 'perl-x',
    version: '2-3',
    source: { name: 'perl', version: '5-3' },
  });
});

test('whole paths of rpm before 4 are read, keys are no packages, and a nameless header is a warning', () => {
  assert.deepEqual((facts({ 1000: 'old', 1001: '1', 1002: '1', 1027: ['/bin/old', '/etc/old'] }) as unknown[])[1], {
    kind: 'owns',
    type: 'rpm',
    name: 'old',
    paths: ['bin/old', 'etc/old'],
  });
  assert.deepEqual(facts({ 1000: 'gpg-pubkey', 1001: 'fd431d51', 1002: '4ae0493b' }), []);
  assert.deepEqual(facts({ 1000: 'nothing' }), [
    { kind: 'warning', message: 'Passed over a package "nothing": its name or version is absent' },
  ]);
});

test('a header whose names multiply a long folder gives no more paths than a sound one could have', () => {
  const names = Array.from({ length: 20_000 }, () => 'x');
  const header = makeRpmHeader({
    1000: 'bomb',
    1001: '1',
    1002: '1',
    1116: names.map(() => 0),
    1117: names,
    1118: [`/${'d'.repeat(4000)}/`],
  });
  const owns = [...readPackage(RpmHeader.parse(header))].find((fact) => fact.kind === 'owns');
  const length = [...(owns?.paths ?? [])].reduce((sum, path) => sum + path.length, 0);
  assert.ok(length > 0 && length <= 4 * header.length, String(length));
});

test('a header that claims more than it holds is an error, and one whose values do is a package without them', () => {
  const header = makeRpmHeader(node);
  assert.throws(() => RpmHeader.parse(header.subarray(0, -1)), { code: 'PACKAGE_RECORD_INVALID' });
  assert.throws(() => RpmHeader.parse(Buffer.alloc(4)), { code: 'PACKAGE_RECORD_INVALID' });
  for (let entry = 0; entry < Object.keys(node).length; entry++) {
    const damaged = Buffer.from(header);
    damaged.writeUInt32BE(0xffffffff, 8 + 16 * entry + 8);
    for (const fact of readPackage(RpmHeader.parse(damaged)))
      if (fact.kind === 'owns') assert.ok([...fact.paths].length <= 3);
  }
});
