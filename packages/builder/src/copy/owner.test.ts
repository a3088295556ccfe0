import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { resolveOwner } from './owner.ts';

const files: Record<string, string> = {
  '/etc/passwd': 'root:x:0:0::/root:/bin/sh\napp:x:100:200::/home:/bin/sh\n7:x:77:78::/:/bin/sh\n',
  '/etc/group': 'root:x:0:\nstaff:x:50:\n',
};
const read = async (path: string): Promise<string> => files[path] ?? '';
const unread = async (path: string): Promise<string> => assert.fail(`${path} was read`);

test('resolveOwner() takes a number for the group too, and names from the image', async () => {
  assert.deepEqual(await resolveOwner('app', read), { uid: 100, gid: 200 });
  assert.deepEqual(await resolveOwner('app:staff', read), { uid: 100, gid: 50 });
  assert.deepEqual(await resolveOwner('app:9', read), { uid: 100, gid: 9 });
  assert.deepEqual(await resolveOwner('7:staff', read), { uid: 7, gid: 50 });
  assert.deepEqual(await resolveOwner(':staff', read), { uid: 0, gid: 50 });
});

test('resolveOwner() needs no file for numbers', async () => {
  assert.deepEqual(await resolveOwner('1000', unread), { uid: 1000, gid: 1000 });
  assert.deepEqual(await resolveOwner('100:0', unread), { uid: 100, gid: 0 });
  assert.deepEqual(await resolveOwner('', unread), { uid: 0, gid: 0 });
});

test('resolveOwner() refuses names that the image does not have', async () => {
  for (const text of ['nobody', 'app:nogroup', '99999999999', '1:-1']) {
    await assert.rejects(
      resolveOwner(text, read),
      (error) => isLadingError(error, 'BUILD_INVALID') && error.message.includes(`"${text}"`),
      text,
    );
  }
});
