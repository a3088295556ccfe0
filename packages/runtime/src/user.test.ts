import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { resolveUser } from './user.ts';

const passwd = [
  'root:x:0:0:root:/root:/bin/sh',
  '# a comment',
  'app:x:1000:1001:App:/srv/app:/bin/sh',
  'damaged',
  '2000:x:7:8::/seven:/bin/sh',
  'homeless:x:9:9:::',
].join('\n');
const group = ['root:x:0:', 'app:x:1001:', 'video:x:44:app,root', 'audio:x:29:other, app', '50:x:51:'].join('\n');

test('resolveUser() reads name, gid, home and additional groups', () => {
  assert.deepEqual(resolveUser('app', passwd, group), {
    uid: 1000,
    gid: 1001,
    additionalGids: [29, 44, 1001],
    home: '/srv/app',
  });
});

test('resolveUser() takes the empty text for root', () => {
  assert.deepEqual(resolveUser('', passwd, group), { uid: 0, gid: 0, additionalGids: [0, 44], home: '/root' });
  assert.deepEqual(resolveUser('', '', ''), { uid: 0, gid: 0, additionalGids: [0], home: '/' });
});

test('resolveUser() finds a number in passwd and accepts one that is not there', () => {
  assert.deepEqual(resolveUser('1000', passwd, group), resolveUser('app', passwd, group));
  assert.deepEqual(resolveUser('1234', passwd, group), { uid: 1234, gid: 0, additionalGids: [0], home: '/' });
  assert.deepEqual(resolveUser('1234:55', passwd, group), { uid: 1234, gid: 55, additionalGids: [55], home: '/' });
});

test('resolveUser() gives no groups but the one that is named', () => {
  assert.deepEqual(resolveUser('app:video', passwd, group), {
    uid: 1000,
    gid: 44,
    additionalGids: [44],
    home: '/srv/app',
  });
});

test('resolveUser() prefers names that look like numbers', () => {
  assert.equal(resolveUser('2000', passwd, group).uid, 7);
  assert.equal(resolveUser('app:50', passwd, group).gid, 51);
});

test('resolveUser() falls back to / where passwd has no home', () => {
  assert.equal(resolveUser('homeless', passwd, group).home, '/');
});

test('resolveUser() names the part that does not exist', () => {
  for (const [text, what] of [
    ['nobody', /user "nobody" does not exist/],
    ['app:wheel', /group "wheel" does not exist/],
    ['-1', /user "-1"/],
    ['4294967296', /ids go from 0/],
  ] as const) {
    assert.throws(
      () => resolveUser(text, passwd, group),
      (error) => isLadingError(error, 'RUNTIME_FAILED') && what.test(error.message) && error.hint !== undefined,
    );
  }
});
