import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileNode } from '../file-node.ts';
import { leftoversAmong } from './leftovers.ts';

const file = (path: string, size = 1): FileNode => ({
  path,
  size,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
});

test('leftovers are told by their path, the largest first, with where most of them are', () => {
  const found = leftoversAmong([
    file('var/lib/apt/lists/deb.example.org_Packages', 500),
    file('var/lib/apt/lists/deb.example.org_Release', 20),
    file('var/lib/apt/lists/lock', 0),
    file('var/log/dpkg.log', 7),
    file('root/.cache/pip/http/a', 300),
    file('usr/bin/apt', 1000),
    file('var/lib/dpkg/status', 1000),
  ]);
  assert.deepEqual(
    found.map(({ what, files, size, where }) => [what, files, size, where]),
    [
      ['apt package lists', 2, 520, 'var/lib/apt/lists'],
      ['pip cache', 1, 300, 'root/.cache/pip/http'],
      ['logs', 1, 7, 'var/log'],
    ],
  );
});

test('each kind is found where its program puts it, and what an image needs is none', () => {
  const kinds: Readonly<Record<string, string>> = {
    'var/cache/apt/archives/curl_8.deb': 'apt archives and caches',
    'var/lib/dpkg/status-old': 'dpkg and debconf backups',
    'var/cache/apk/APKINDEX.ab.tar.gz': 'apk cache',
    'etc/apk/cache/x-1.apk': 'apk cache',
    'var/cache/dnf/base/repodata/x': 'dnf, yum and zypper caches',
    'var/cache/pacman/pkg/x.zst': 'pacman cache',
    'home/app/.npm/_cacache/index': 'npm, yarn and pnpm caches',
    'root/.cache/go-build/00/x': 'Go build and module caches',
    'root/go/pkg/mod/cache/x': 'Go build and module caches',
    'usr/local/cargo/registry/src/x': 'cargo registry',
    'root/.m2/repository/org/x.jar': 'Maven and Gradle caches',
    'usr/local/lib/ruby/gems/3.3.0/cache/rake.gem': 'gem cache',
    'srv/.git/objects/x': 'Git repository',
    'usr/lib/python3/__pycache__/os.cpython-312.pyc': 'Python bytecode',
    'tmp/x': 'temporary files',
    'var/tmp/x': 'temporary files',
    'var/cache/ldconfig/aux-cache': 'ldconfig, man and font caches',
  };
  for (const [path, kind] of Object.entries(kinds)) {
    assert.deepEqual(
      leftoversAmong([file(path)]).map(({ what }) => what),
      [kind],
      path,
    );
  }
  const needed = ['etc/apk/world', 'lib/apk/db/installed', 'var/lib/dpkg/info/x.list', 'srv/tmp/x', 'usr/share/git/x'];
  assert.deepEqual(leftoversAmong(needed.map((path) => file(path))), []);
});
