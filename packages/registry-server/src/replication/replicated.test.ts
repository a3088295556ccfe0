import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Catalog, openCatalog } from '@lading/catalog';
import { descriptorOf, encodeJson, mediaTypes } from '@lading/oci';
import { createMemoryStore } from '@lading/store';
import { isLongRun, startPostgres } from '@lading/testkit';
import { missingContent } from '../migration/restore.ts';
import { createReplicated } from './replicated.ts';

/** What the tables say, step by step. */
async function follows(catalog: Catalog): Promise<void> {
  const replicated = createReplicated(catalog);
  const bytes = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
  const image = descriptorOf(bytes, mediaTypes.ociIndex);
  const about = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], subject: image });
  const referrer = descriptorOf(about, mediaTypes.ociIndex);
  for (const repository of ['b', 'a/x', 'a']) {
    const references = catalog.references(repository);
    await references.record(image, bytes);
    for (const tag of ['v2', 'V1', 'v1']) await references.tag(tag, image);
  }
  await catalog.references('a').record(referrer, about);
  const pending = async (since?: Date): Promise<string[]> =>
    (await Array.fromAsync(replicated.pendingTags('rule', since))).map(
      ({ repository, name }) => `${repository}:${name}`,
    );
  assert.deepEqual(await pending(), ['a:V1', 'a:v1', 'a:v2', 'a/x:V1', 'a/x:v1', 'a/x:v2', 'b:V1', 'b:v1', 'b:v2']);
  for (const repository of ['a/x', 'b']) {
    for (const name of ['v1', 'v2', 'V1']) await replicated.done('rule', { repository, name, digest: image.digest });
  }
  await replicated.done('rule', { repository: 'a', name: 'v1', digest: referrer.digest });
  await replicated.failed('rule', { repository: 'a', name: 'v2' }, 'why');
  assert.deepEqual(await pending(), ['a:V1', 'a:v1', 'a:v2']);
  assert.deepEqual(
    (await replicated.failures('rule', 5)).map(({ name, error }) => [name, error]),
    [['v2', 'why']],
  );

  const [unit] = await Array.fromAsync(replicated.pendingReferrers('rule'));
  assert.deepEqual([unit?.repository, unit?.name, unit?.subject], ['a', `@${referrer.digest}`, image.digest]);
  await replicated.done('rule', { repository: 'a', name: `@${referrer.digest}`, digest: referrer.digest });
  assert.deepEqual(await Array.fromAsync(replicated.pendingReferrers('rule')), []);

  await catalog.removeTag('b', 'v1');
  assert.deepEqual(await Array.fromAsync(replicated.removedTags('rule')), [{ repository: 'b', name: 'v1' }]);
  await replicated.forget('rule', { repository: 'b', name: 'v1' });
  assert.deepEqual(await Array.fromAsync(replicated.removedTags('rule')), []);
  assert.deepEqual(await replicated.names('rule', 'b'), ['V1', 'v2']);
  assert.equal(await replicated.digestOf('rule', { repository: 'a', name: 'v1' }), referrer.digest);
  assert.equal(await replicated.ranAt('rule'), undefined);
  for (const began of [new Date(0), new Date(1000)]) await replicated.ran('rule', began);
  assert.deepEqual(await replicated.ranAt('rule'), new Date(1000));
  assert.deepEqual(await pending(new Date(0)), await pending());
  assert.deepEqual(await pending(new Date(Date.now() + 60_000)), ['a:v2'], 'of what moved before, what failed');
  assert.deepEqual(
    (await Array.fromAsync(missingContent(catalog, createMemoryStore()))).map(
      ({ repositories }) => repositories.length,
    ),
    image.digest < referrer.digest ? [3, 1] : [1, 3],
  );
}

test('what a rule has brought is kept, and what is left for it follows from the catalog', async (t) => {
  const catalog = await openCatalog({ path: ':memory:' });
  t.after(() => catalog.close());
  await follows(catalog);
});

test('the same in PostgreSQL', async (t) => {
  if (!isLongRun(t)) return;
  const url = await startPostgres(t);
  if (url === undefined) return;
  const catalog = await openCatalog({ url });
  t.after(() => catalog.close());
  await follows(catalog);
});
