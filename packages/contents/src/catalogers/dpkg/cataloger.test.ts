import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findProgram, runProgram, skipUnless } from '@lading/testkit';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { dpkgCataloger } from './cataloger.ts';

const catalog = (path: string, content: Uint8Array | string) => catalogBytes(dpkgCataloger, path, content);

/** Facts as they go into JSON: without what is absent, and with the paths. */
const plain = (facts: unknown): unknown =>
  JSON.parse(JSON.stringify(facts, (key, value) => (key === 'paths' ? [...(value as Iterable<string>)] : value)));

const status = `Package: libc-bin
Status: install ok installed
Architecture: amd64
Source: glibc (2.36-9)
Version: 2.36-9+deb12u4
Maintainer: GNU Libc Maintainers <glibc@example.org>
Description: binaries
 Version: not a field

Package: adduser
Status: hold ok installed
Architecture: all
Source: adduser
Version: 1:3.134

Package: broken
Status: install reinstreq half-installed
Architecture: amd64
Version: 1.0

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0


Package: never
Status: unknown ok not-installed
`;

test('a status gives the packages whose files are there, with source, architecture and maintainer', async () => {
  assert.deepEqual(plain(await catalog('var/lib/dpkg/status', status)), [
    {
      kind: 'package',
      package: {
        type: 'deb',
        name: 'libc-bin',
        version: '2.36-9+deb12u4',
        architecture: 'amd64',
        source: { name: 'glibc', version: '2.36-9' },
        supplier: 'GNU Libc Maintainers <glibc@example.org>',
      },
    },
    {
      kind: 'package',
      package: {
        type: 'deb',
        name: 'adduser',
        version: '1:3.134',
        source: { name: 'adduser', version: '1:3.134' },
      },
    },
    {
      kind: 'package',
      package: {
        type: 'deb',
        name: 'broken',
        version: '1.0',
        architecture: 'amd64',
        source: { name: 'broken', version: '1.0' },
      },
    },
  ]);
});

test('a package without a name or a version is a warning, and the others are read', async () => {
  const facts = await catalog(
    'var/lib/dpkg/status',
    'Package: a\n\nnonsense\n\nVersion: 1\n\nPackage: b\nVersion: 2\n',
  );
  assert.deepEqual(
    facts?.map((fact) => (fact.kind === 'package' ? fact.package.name : fact.kind)),
    ['warning', 'warning', 'b'],
  );
});

test("distroless's files for each package and opkg's records are read too, nothing else of dpkg's is", async () => {
  const record = 'Package: base-files\nVersion: 12.4\nArchitecture: amd64\n';
  for (const path of ['var/lib/dpkg/status.d/base', 'usr/lib/opkg/status', 'var/lib/opkg/status', 'lib/opkg/status'])
    assert.equal((await catalog(path, record))?.length, 1, path);
  for (const path of [
    'var/lib/dpkg/status-old',
    'var/lib/dpkg/available',
    'var/lib/dpkg/info/a.postinst',
    'srv/var/lib/dpkg/status',
    'usr/share/doc/a/b/copyright',
  ])
    assert.equal(await catalog(path, record), undefined, path);
});

test('lists and md5sums tell which paths a package owns', async () => {
  const list = '/.\n/usr\n/usr/bin\n/usr/bin/x\n/usr/share/n\u00e4me\n';
  const owns = { kind: 'owns', type: 'deb', name: 'x', paths: ['usr', 'usr/bin', 'usr/bin/x', 'usr/share/n\u00e4me'] };
  assert.deepEqual(plain(await catalog('var/lib/dpkg/info/x.list', list)), [owns]);
  assert.deepEqual(plain(await catalog('var/lib/dpkg/info/x:amd64.list', list)), [owns]);
  const digest = 'd41d8cd98f00b204e9800998ecf8427e';
  const sums = `${digest}  usr/bin/x\n${digest}  ./usr/lib/y z\nnonsense\n`;
  assert.deepEqual(plain(await catalog('var/lib/dpkg/status.d/x.md5sums', sums)), [
    { ...owns, paths: ['usr/bin/x', 'usr/lib/y z'] },
  ]);
});

test('a path that is not UTF-8 is the same name as in a layer', async () => {
  const facts = await catalog('var/lib/dpkg/info/x.list', Buffer.from('/a\xff\n', 'latin1'));
  assert.deepEqual(plain(facts), [{ kind: 'owns', type: 'deb', name: 'x', paths: ['a\udcff'] }]);
});

const licenses = async (text: string): Promise<unknown> => {
  const [fact] = (await catalog('usr/share/doc/x/copyright', text)) ?? [];
  return fact?.kind === 'licenses' ? fact.licenses : fact;
};

test('a machine-readable copyright file gives its short names as SPDX expressions where they have one', async () => {
  const text = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: x

Files: *
Copyright: 2020 Ünë
License: GPL-2+ with Autoconf exception

Files: debian/*
License: Expat or GPL-1+ and LGPL-2.1
 Permission is hereby granted

Files: more
License: BSD-3-clause-like or Expat

License: public-domain
 It is /usr/share/common-licenses/BSD
`;
  assert.deepEqual(await licenses(text), [
    'BSD-3-clause-like or Expat',
    'GPL-2.0-or-later WITH Autoconf-exception-2.0',
    'MIT OR GPL-1.0-or-later AND LGPL-2.1-only',
    'public-domain',
  ]);
});

test('any other copyright file gives the shared licenses that it points to', async () => {
  const text = `The text is in '/usr/share/common-licenses/GPL-2'. Also /usr/share/common-licenses/LGPL-2.1, and
/usr/share/common-licenses/Apache-2.0. Again /usr/share/common-licenses/GPL-2.`;
  assert.deepEqual(await licenses(text), ['Apache-2.0', 'GPL-2', 'LGPL-2.1']);
  assert.equal(await licenses('All rights reserved.'), undefined);
});

test("every package of this machine is found with dpkg-query's name, version, architecture and source", async (t) => {
  const query = findProgram('dpkg-query');
  if (query === undefined) return void skipUnless(t, false, 'dpkg-query: this machine is no Debian');
  const fields = ['Package', 'Version', 'Architecture', 'source:Package', 'source:Version', 'db:Status-Status'];
  const { stdout } = await runProgram(query, ['-W', '-f', `${fields.map((field) => `\${${field}}`).join(' ')}\n`]);
  const expected = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , , , , state]) => state !== 'config-files' && state !== 'not-installed')
    .map((words) => words.slice(0, 5).join(' '));
  const facts = await catalog('var/lib/dpkg/status', await readFile('/var/lib/dpkg/status'));
  const found = facts?.map((fact) => {
    if (fact.kind !== 'package') return fact.kind;
    const { name, version, architecture = 'all', source } = fact.package;
    return [name, version, architecture, source?.name, source?.version].join(' ');
  });
  assert.ok(expected.length > 0);
  assert.deepEqual(found?.sort(), expected.sort());
});
