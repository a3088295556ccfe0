import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import { osReleaseCataloger } from './cataloger.ts';
import { parseOsRelease } from './parse.ts';

const says = async (path: string, text: string): Promise<unknown> => {
  const facts = await catalogBytes(osReleaseCataloger, path, text);
  return facts?.map((fact) => (fact.kind === 'distribution' ? JSON.parse(JSON.stringify(fact.distribution)) : fact));
};

test('os-release tells the release with its relatives, code name and CPE', async () => {
  const text = `# a comment
NAME="Red Hat Enterprise Linux"
ID="rhel"
ID_LIKE="fedora centos"
VERSION_ID='9.4'
VERSION_CODENAME=plow
PRETTY_NAME="Red Hat \\"Enterprise\\" Linux \\$ 9.4"
CPE_NAME="cpe:/o:redhat:enterprise_linux:9::baseos"
`;
  const expected = {
    id: 'rhel',
    idLike: ['fedora', 'centos'],
    versionId: '9.4',
    codename: 'plow',
    prettyName: 'Red Hat "Enterprise" Linux $ 9.4',
    cpe: 'cpe:/o:redhat:enterprise_linux:9::baseos',
  };
  for (const path of ['etc/os-release', 'usr/lib/os-release', 'usr/lib/os.release.d/os-release-container'])
    assert.deepEqual(await says(path, text), [expected]);
  assert.equal(await says('opt/etc/os-release', text), undefined);
});

test('os-release values are read as a shell would: quotes, backslashes, what follows a blank', () => {
  const values = parseOsRelease(
    `A=plain\nB='single "x" \\n'\nC="double 'x' \\\\ \\a"\nD=es\\ caped\nE=one two\n F=""  \nbad line\nA=again\r\nG="open`,
  );
  assert.deepEqual(Object.fromEntries(values), {
    A: 'again',
    B: 'single "x" \\n',
    C: "double 'x' \\ \\a",
    D: 'es caped',
    E: 'one',
    F: '',
    G: 'open',
  });
});

test('older files tell a release, where they are as their distribution writes them', async () => {
  assert.deepEqual(await says('etc/debian_version', '12.5\n'), [{ id: 'debian', versionId: '12' }]);
  assert.deepEqual(await says('etc/debian_version', 'trixie/sid\n'), [{ id: 'debian', codename: 'trixie' }]);
  assert.deepEqual(await says('etc/debian_version', 'kali-rolling\n'), []);
  assert.deepEqual(await says('etc/alpine-release', '3.18.4\n'), [{ id: 'alpine', versionId: '3.18.4' }]);
  assert.deepEqual(await says('etc/redhat-release', 'CentOS release 6.10 (Final)\n'), [
    { id: 'centos', versionId: '6.10', prettyName: 'CentOS release 6.10 (Final)' },
  ]);
});

test('an os-release without an assignment says nothing, and one that is huge is refused', async () => {
  assert.deepEqual(await says('etc/os-release', ''), []);
  assert.deepEqual(await says('etc/os-release', 'NAME=Small\n'), [{ id: 'linux' }]);
  await assert.rejects(catalogBytes(osReleaseCataloger, 'etc/os-release', Buffer.alloc(1 << 20)), {
    code: 'CONTENT_TOO_LARGE',
  });
});
