import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf, mediaTypes } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { openOrigins } from './origins.ts';

test('origins name where content was seen last first, and are forgotten when nothing needs them', async (t) => {
  const folder = await temporaryFolder(t);
  const origins = openOrigins(folder);
  const [one, two] = ['one', 'two'].map((text) => ({
    ...{ mediaType: mediaTypes.ociLayerGzip, digest: digestOf(text), size: 3 },
  }));
  assert.ok(one !== undefined && two !== undefined);
  assert.equal(await origins.find(one.digest), undefined);
  for (const name of ['a.example.org/x', 'b.example.org/x', 'a.example.org/x']) await origins.note(one, name);
  await origins.note(two, 'a.example.org/x');
  assert.deepEqual((await openOrigins(folder).find(one.digest))?.repositories, ['a.example.org/x', 'b.example.org/x']);

  const keep = (digest: string): boolean => digest === one.digest;
  assert.equal(await origins.prune(keep, 60_000), 0, 'a build may be about to refer to them');
  for (const { digest } of [one, two]) await utimes(join(folder, digest.replace(':', '-')), 1, 1);
  assert.equal(await origins.prune(keep, 60_000), 1);
  assert.deepEqual([await origins.find(one.digest), await origins.find(two.digest)].map(Boolean), [true, false]);
});
