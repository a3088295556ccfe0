import assert from 'node:assert/strict';
import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@lading/testkit';
import { isLeftover, livingOwner, writeOwner } from './owner.ts';

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

test('a folder is no leftover while its owner signs it', async (t) => {
  const parent = await temporaryFolder(t);
  for (let i = 0; i < 200; i++) {
    const folder = join(parent, String(i));
    await mkdir(folder);
    const [, ...seen] = await Promise.all([writeOwner(folder, []), isLeftover(folder), isLeftover(folder)]);
    assert.deepEqual(seen, [false, false]);
  }
});

test('a folder that nobody signed is a leftover after a minute', async (t) => {
  const folder = await temporaryFolder(t);
  assert.equal(await isLeftover(folder), false);
  const before = Date.now() / 1000 - 61;
  await utimes(folder, before, before);
  assert.equal(await isLeftover(folder), true);
  assert.equal(await isLeftover(join(folder, 'absent')), false);
});
