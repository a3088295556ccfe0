import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, fromFile, gunzip } from '@lading/bytes';
import { readTar } from '@lading/tar';
import { vector } from '@lading/testkit';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { apkCataloger } from './cataloger.ts';

const installed = `C:Q1Eb7CxwmPzfKjPoz0o8GQp2yMzQA=
P:musl-utils
V:1.2.4-r2
A:x86_64
S:36938
T:the musl c library (libc) implementation
L:MIT AND BSD-2-Clause AND GPL-2.0-or-later
o:musl
m:Maintainer <maintainer@example.org>
F:
R:top
F:sbin
M:0:0:755
R:ldconfig
a:0:0:755
Z:Q1Kja2+POZKxEkUOZqwSjC6kmaED4=
F:usr/bin
R:getconf

P:noarch-and-little
V:1
A:noarch

P:broken
`;

test('the database gives packages with their source, license, checksum and the paths that each owns', async () => {
  const facts = await catalogBytes(apkCataloger, 'lib/apk/db/installed', installed);
  const plain = JSON.parse(
    JSON.stringify(facts, (key, value) => (key === 'paths' ? [...(value as Iterable<string>)] : value)),
  );
  assert.deepEqual(plain, [
    {
      kind: 'package',
      package: {
        type: 'apk',
        name: 'musl-utils',
        version: '1.2.4-r2',
        architecture: 'x86_64',
        source: { name: 'musl', version: '1.2.4-r2' },
        supplier: 'Maintainer <maintainer@example.org>',
        licenses: ['MIT AND BSD-2-Clause AND GPL-2.0-or-later'],
        hashes: { sha1: '11bec2c7098fcdf2a33e8cf4a3c190a76c8ccd00' },
      },
    },
    { kind: 'owns', type: 'apk', name: 'musl-utils', paths: ['top', 'sbin/ldconfig', 'usr/bin/getconf'] },
    {
      kind: 'package',
      package: {
        type: 'apk',
        name: 'noarch-and-little',
        version: '1',
        source: { name: 'noarch-and-little', version: '1' },
      },
    },
    { kind: 'warning', message: 'Passed over a package "broken": its name or version is absent' },
  ]);
});

test('the database is read where apk 3 has it, and nowhere else', async () => {
  assert.equal((await catalogBytes(apkCataloger, 'usr/lib/apk/db/installed', installed))?.length, 4);
  for (const path of ['lib/apk/db/scripts.tar', 'srv/lib/apk/db/installed'])
    assert.equal(await catalogBytes(apkCataloger, path, installed), undefined);
});

/** What `apk info -v` lists in Alpine's images. */
const listed = {
  '310': `alpine-baselayout-3.1.2-r0 alpine-keys-2.1-r2 apk-tools-2.10.4-r2 busybox-1.30.1-r3 ca-certificates-cacert-20190108-r0
    libc-utils-0.7.1-r0 libcrypto1.1-1.1.1d-r2 libssl1.1-1.1.1d-r2 libtls-standalone-2.9.1-r0 musl-1.1.22-r3 musl-utils-1.1.22-r3
    scanelf-1.2.3-r0 ssl_client-1.30.1-r3 zlib-1.2.11-r1`,
  '311': `alpine-baselayout-3.2.0-r3 alpine-keys-2.1-r2 apk-tools-2.10.4-r3 busybox-1.31.1-r9 ca-certificates-cacert-20191127-r1
    libc-utils-0.7.2-r0 libcrypto1.1-1.1.1d-r3 libssl1.1-1.1.1d-r3 libtls-standalone-2.9.1-r0 musl-1.1.24-r2 musl-utils-1.1.24-r2
    scanelf-1.2.4-r0 ssl_client-1.31.1-r9 zlib-1.2.11-r3`,
};

for (const [release, packages] of Object.entries(listed)) {
  test(`the image of Alpine ${release} has the packages that its apk lists`, async (t) => {
    const archive = vector(t, `images/alpine-${release}.docker-archive.tar.gz`);
    if (archive === undefined) return;
    const found: string[] = [];
    for await (const entry of readTar(gunzip(fromFile(archive)))) {
      if (!entry.path.endsWith('layer.tar')) continue;
      for await (const { path, content } of readTar(entry.content)) {
        if (path !== 'lib/apk/db/installed') continue;
        const bytes = await collect(content, { maxBytes: 1 << 20, what: path });
        for (const fact of (await catalogBytes(apkCataloger, path, bytes)) ?? [])
          if (fact.kind === 'package') found.push(`${fact.package.name}-${fact.package.version}`);
      }
    }
    assert.deepEqual(found.sort(), packages.split(/\s+/));
  });
}
