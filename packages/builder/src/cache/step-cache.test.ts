import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf, hexOf, mediaTypes } from '@lading/oci';
import { createMemoryRepository, put } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { openStepCache, type StepOutcome } from './step-cache.ts';
import { stepKey } from './step-key.ts';

const key = stepKey('run', { argv: ['x'] }).digest;

test('find() gives what was kept, as long as the store has the layer', async (t) => {
  const folder = await temporaryFolder(t);
  const { content } = createMemoryRepository();
  const cache = openStepCache(folder, content);
  assert.equal(await cache.find(key), undefined);
  await cache.keep(key, {});
  assert.equal((await cache.find(key))?.layer, undefined);
  assert.notEqual((await cache.find(key))?.origin?.at, undefined);

  const descriptor = await put(content, Buffer.from('layer'), { mediaType: mediaTypes.ociLayerGzip });
  const outcome: StepOutcome = { layer: { descriptor, diffId: digestOf('tar') } };
  await cache.keep(key, outcome);
  assert.deepEqual((await cache.find(key))?.layer?.diffId, outcome.layer?.diffId);
  assert.equal((await openStepCache(folder, content).find(key))?.layer?.descriptor.digest, descriptor.digest);
  assert.equal(await openStepCache(folder, createMemoryRepository().content).find(key), undefined);
});

test('a damaged file is a miss and is replaced', async (t) => {
  const folder = await temporaryFolder(t);
  const { content } = createMemoryRepository();
  const cache = openStepCache(folder, content);
  await cache.keep(key, {});
  const path = join(folder, 'steps', hexOf(key).slice(0, 2), `${hexOf(key)}.json`);
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"layer":null}',
    '{"layer":{"descriptor":{},"diffId":"sha256:0"}}',
    JSON.stringify({ key }),
    JSON.stringify({ key, check: '0000000000000000' }),
  ]) {
    await writeFile(path, text);
    assert.equal(await cache.find(key), undefined, text);
  }
  await cache.keep(key, {});
  assert.notEqual(await cache.find(key), undefined);
});

test('an outcome whose layer became another, by a damaged disk, is a miss', async (t) => {
  const folder = await temporaryFolder(t);
  const { content } = createMemoryRepository();
  const cache = openStepCache(folder, content);
  const descriptor = await put(content, Buffer.from('layer'), { mediaType: mediaTypes.ociLayerGzip });
  await cache.keep(key, { layer: { descriptor, diffId: digestOf('tar') } });
  const path = join(folder, 'steps', hexOf(key).slice(0, 2), `${hexOf(key)}.json`);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(digestOf('tar'), digestOf('another')));
  assert.equal(await cache.find(key), undefined);
});

test('a layer that is not here counts when it can be fetched', async (t) => {
  const folder = await temporaryFolder(t);
  const { content } = createMemoryRepository();
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf('layer'), size: 5 };
  await openStepCache(folder, content).keep(key, { layer: { descriptor, diffId: digestOf('tar') } });
  for (const fetchable of [true, false]) {
    const found = await openStepCache(folder, content, undefined, { isFetchable: async () => fetchable }).find(key);
    assert.equal(found !== undefined, fetchable);
  }
});

test('keep() by many at once leaves one whole file', async (t) => {
  const folder = await temporaryFolder(t);
  const cache = openStepCache(folder, createMemoryRepository().content);
  await Promise.all(Array.from({ length: 20 }, () => cache.keep(key, {})));
  assert.deepEqual(await readdir(join(folder, 'steps', hexOf(key).slice(0, 2))), [`${hexOf(key)}.json`]);
});
