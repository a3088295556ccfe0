import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TarHeader } from '@lading/tar';
import { emptyPasswordsIn } from './accounts.ts';
import { notableKindsOf } from './notable-files.ts';

function kinds(path: string, more: Partial<TarHeader> = {}): string {
  return notableKindsOf({ path, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, mtime: 0, ...more }).join(' ');
}

test('notableKindsOf() tells rights that a file gives', () => {
  assert.equal(kinds('usr/bin/su', { mode: 0o4755 }), 'setuid');
  assert.equal(kinds('usr/bin/wall', { mode: 0o2755 }), 'setgid');
  assert.equal(kinds('var/local/x', { mode: 0o2644 }), '', 'mandatory locking');
  assert.equal(kinds('var/mail', { type: 'directory', mode: 0o2775 }), '', 'a folder that hands on its group');
  assert.equal(kinds('app/config', { mode: 0o666 }), 'world-writable');
  assert.equal(kinds('app', { type: 'directory', mode: 0o777 }), 'world-writable');
  assert.equal(kinds('tmp', { type: 'directory', mode: 0o1777 }), '');
  assert.equal(kinds('usr/bin/x', { type: 'symlink', mode: 0o777, linkPath: 'y' }), '', 'links have no rights');
  assert.equal(kinds('usr/bin/ping', { xattrs: new Map([['security.capability', new Uint8Array(20)]]) }), 'capability');
  assert.equal(kinds('dev/sda', { type: 'block' }), 'device');
});

test('notableKindsOf() tells what a file is by its path', () => {
  const expected = {
    'bin/sh': 'shell',
    'usr/bin/bash': 'shell',
    'bin/busybox': 'shell',
    'usr/share/bin/sh.txt': '',
    'app/bin/sh': '',
    'usr/bin/sudo': 'sudo',
    'usr/bin/apt-get': 'package-manager',
    'sbin/apk': 'package-manager',
    'root/.ssh/id_rsa': 'ssh-key',
    'root/.ssh/id_rsa.pub': '',
    'etc/ssh/ssh_host_ed25519_key': 'ssh-key',
    'home/me/.ssh/authorized_keys': 'authorized-keys',
    'var/cache/apt/archives/curl_1_amd64.deb': 'package-cache',
    'var/cache/apt/archives/lock': '',
    'var/lib/apt/lists/example.org_dists_stable_InRelease': 'package-cache',
    'var/cache/apk/APKINDEX.00.tar.gz': 'package-cache',
    'root/.cache/pip/http/x': 'package-cache',
    'home/me/.npm/_cacache/x': 'package-cache',
  };
  for (const [path, kind] of Object.entries(expected)) assert.equal(kinds(path), kind, path);
  assert.equal(kinds('bin/sh', { type: 'symlink', linkPath: 'dash' }), 'shell');
});

test('emptyPasswordsIn() finds accounts that let anybody in', () => {
  const shadow = ['root::0:::::', 'bin:!::0:::::', 'a:$6$x:1::::::', '', ':', 'guest::1::::::'].join('\n');
  assert.deepEqual(emptyPasswordsIn(Buffer.from(shadow)), ['root', 'guest']);
});
