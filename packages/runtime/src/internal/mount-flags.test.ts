import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagsIn } from './mount-flags.ts';
import { fstabField, quote } from './shell.ts';

const mountinfo = [
  '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
  '23 22 0:21 / /run rw,nosuid,nodev,noexec shared:2 - tmpfs tmpfs rw',
  '24 22 0:22 / /mnt/two\\040words ro,nosuid,relatime - tmpfs tmpfs rw',
  '25 22 0:23 / /mnt/two\\040words rw,noexec - tmpfs tmpfs rw',
].join('\n');

test('flagsIn() takes the longest mount point, whole names only, the last one mounted', () => {
  assert.deepEqual(flagsIn(mountinfo, '/etc/hosts'), []);
  assert.deepEqual(flagsIn(mountinfo, '/run/resolv.conf'), ['nosuid', 'nodev', 'noexec']);
  assert.deepEqual(flagsIn(mountinfo, '/runner'), []);
  assert.deepEqual(flagsIn(mountinfo, '/mnt/two words/x'), ['noexec']);
});

test('quote() and fstabField() leave no way out', () => {
  assert.equal(quote(`a'b"$(c)`), `'a'\\''b"$(c)'`);
  assert.equal(fstabField('/a b\t#c\\d\n'), '/a\\040b\\011\\043c\\134d\\012');
});
