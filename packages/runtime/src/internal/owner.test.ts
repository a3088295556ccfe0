import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '@lading/testkit';
import { livingOwner, writeOwner } from './owner.ts';

test('an owner is never seen half written', async (t) => {
  const folder = await temporaryFolder(t);
  await writeOwner(folder, []);
  let writing = true;
  const writer = (async () => {
    for (let i = 0; i < 300; i++) await writeOwner(folder, ['x'.repeat(i)]);
    writing = false;
  })();
  while (writing) assert.notEqual(await livingOwner(folder), undefined);
  await writer;
});
