import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type Catalog,
  createCollection,
  listTrash,
  openCatalog,
  purgedAmong,
  receiptOf,
  removeManifest,
} from '@lading/catalog';
import { isLadingError } from '@lading/errors';
import { digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { type ContentStore, type DirectoryStore, openDirectoryJournal, openDirectoryStore } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { type Access, openAccess } from '../access/access.ts';
import { parseRegistryConfig } from '../config/registry-config.ts';
import { createManifestCache } from '../internal/manifest-cache.ts';
import { jobActor } from '../jobs/job.ts';
import { createRegistryServer } from '../registry-server.ts';
import { manifestWith, type ProtocolClient, protocolClient } from '../testing/protocol-client.ts';
import { collectGarbage } from './collection/collect-garbage.ts';
import { type ConfiguredPolicy, createPolicy } from './create-policy.ts';
import { purgeContent, resumePurges } from './purge/purge-content.ts';
import { signingKey, verifyReceipt } from './purge/receipt.ts';
import { restore } from './restore.ts';
import { trashJob } from './trash-job.ts';

const config = { rules: [], trashMs: 3_600_000, leaseMs: 0, graceMs: 0, uploadsMs: 60_000 };
const since = new Date(0);

interface Started extends ProtocolClient {
  readonly catalog: Catalog;
  readonly content: DirectoryStore;
  readonly policy: ConfiguredPolicy;
  readonly folder: string;
  collect(): Promise<number>;
}

async function started(t: TestContext, access: Access = openAccess): Promise<Started> {
  const folder = await temporaryFolder(t);
  const content = await openDirectoryStore(join(folder, 'content'));
  const journal = await openDirectoryJournal(join(folder, 'journal'));
  const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite'), journal, content });
  const manifests = createManifestCache();
  const policy = await createPolicy({ catalog, config, manifests });
  const server = createRegistryServer({ content, catalog, policy, manifests, access });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await server.close(0);
    await policy.close();
    await catalog.close();
    await journal.close();
  });
  const collect = async (): Promise<number> => (await collectGarbage({ catalog, content, config })).content.length;
  return { ...protocolClient(`http://127.0.0.1:${port}`), catalog, content, policy, folder, collect };
}

const indexType = mediaTypes.ociIndex;

function indexOf(...layers: readonly string[]): { readonly bytes: Uint8Array; readonly digest: string } {
  const manifests = layers.map((layer) => {
    const { digest, bytes } = manifestWith(layer);
    return { mediaType: mediaTypes.ociManifest, digest, size: bytes.length };
  });
  const bytes = encodeJson({ schemaVersion: 2, mediaType: indexType, manifests });
  return { bytes, digest: digestOf(bytes) };
}

test('an index and its children that were deleted come back whole, with tags, after collections; and nothing does once its time is over', async (t) => {
  const registry = await started(t);
  const { call, pushBlob, pushManifest, catalog, content, collect } = registry;
  for (const layer of ['a', 'b']) {
    await pushBlob('app', layer);
    await pushManifest('app', manifestWith(layer).digest, layer);
  }
  const { bytes, digest } = indexOf('a', 'b');
  for (const tag of ['1', 'latest']) await call('PUT', `/v2/app/manifests/${tag}`, bytes, indexType);
  for (const reference of [digest, manifestWith('a').digest, manifestWith('b').digest]) {
    assert.equal((await call('DELETE', `/v2/app/manifests/${reference}`)).status, 202);
  }
  assert.equal(await collect(), 0);
  const restored = await restore(registry, { name: 'user:ann' }, 'app', '1', { since });
  assert.deepEqual(restored, { repository: 'app', digest, tags: ['1'] });
  for (const path of ['manifests/1', `manifests/${manifestWith('a').digest}`, `blobs/${digestOf('b')}`]) {
    assert.equal((await call('GET', `/v2/app/${path}`)).status, 200, path);
  }
  assert.deepEqual(await Array.fromAsync(listTrash(catalog.database)), []);

  await call('DELETE', '/v2/app/manifests/1');
  assert.deepEqual((await restore(registry, undefined, 'app', '1', { since })).tags, ['1'], 'a tag alone');
  for (const reference of [digest, manifestWith('a').digest, manifestWith('b').digest]) {
    await call('DELETE', `/v2/app/manifests/${reference}`);
  }
  const over = { ...(await parseRegistryConfig('')), policies: { ...config, trashMs: -1000 } };
  const { signal } = new AbortController();
  const job = { catalog, content, config: over, options: {}, by: jobActor('trash'), signal, report: () => {} };
  assert.deepEqual(await trashJob.run(job), { manifests: 3 });
  await collect();
  assert.deepEqual(await Array.fromAsync(content.list()), []);
  await assert.rejects(restore(registry, undefined, 'app', '1', { since }), (error) =>
    isLadingError(error, 'RESTORE_IMPOSSIBLE'),
  );
});

test('a list of the trash has as many entries as were asked for, however many of others were removed later', async (t) => {
  const access: Access = { ...openAccess, may: (_identity, action, name) => name === 'mine' || action !== 'delete' };
  const { call, pushBlob, pushManifest, catalog } = await started(t, access);
  for (const [repository, layer] of [
    ['mine', 'a'],
    ['mine', 'b'],
    ['theirs', 'a'],
    ['theirs', 'b'],
  ] as const) {
    await pushBlob(repository, layer);
    await pushManifest(repository, layer, layer);
    const { digest } = manifestWith(layer);
    await catalog.ledger.write(undefined, (page) => removeManifest(page, repository, digest, { restorable: true }));
  }
  const answer = await call('GET', '/api/v1/trash?limit=2');
  const { items } = (await answer.json()) as { items: { repository: string; digest: string }[] };
  assert.deepEqual(
    items.map(({ repository }) => repository),
    ['mine', 'mine'],
  );
});

test('a purge takes content and what needs it from repositories, trash, store and journal, and its receipt is signed', async (t) => {
  const { call, pushBlob, pushManifest, catalog, content, collect } = await started(t);
  for (const repository of ['one', 'two']) {
    for (const layer of ['secret', 'plain']) {
      await pushBlob(repository, layer);
      await pushManifest(repository, layer, layer);
    }
  }
  await call('GET', '/v2/one/manifests/secret');
  await call('DELETE', `/v2/two/manifests/${manifestWith('secret').digest}`);
  const { purge, receipt } = await purgeContent(
    { catalog, content },
    { name: 'user:ann' },
    digestOf('secret'),
    'a key',
  );
  for (const repository of ['one', 'two']) {
    assert.equal((await call('GET', `/v2/${repository}/manifests/secret`)).status, 404);
    assert.equal((await call('GET', `/v2/${repository}/blobs/${digestOf('secret')}`)).status, 404);
    assert.equal((await call('GET', `/v2/${repository}/manifests/plain`)).status, 200);
  }
  assert.deepEqual(await Array.fromAsync(listTrash(catalog.database)), []);
  assert.equal(await content.stat(digestOf('secret')), undefined);
  const text = JSON.stringify(receipt);
  assert.equal(await receiptOf(catalog.database, purge), text);
  const key = createPublicKey((await signingKey(catalog.database)).privateKey).export({
    type: 'spki',
    format: 'pem',
  }) as string;
  const statement = verifyReceipt(text, key);
  assert.deepEqual([statement.digests, statement.reason, statement.by], [[digestOf('secret')], 'a key', 'user:ann']);
  assert.deepEqual(
    statement.manifests.map(({ repository, trashed }) => [repository, trashed]),
    [
      ['one', false],
      ['two', true],
    ],
  );
  assert.ok((statement.journalSequence ?? 0) > 0 && statement.redactedRecords > 0);
  const told = await catalog.ledger.audit({ limit: 1000 });
  const named = told.filter(({ entry }) => JSON.stringify(entry).includes(digestOf('secret').slice(7)));
  assert.deepEqual(
    named.map(({ entry }) => entry.kind),
    ['content.purged'],
  );
  // Whoever pushes the same again may: it is refused to those who bring it unasked, until then.
  assert.equal(await purgedAmong(catalog.database, [digestOf('plain'), digestOf('secret')]), digestOf('secret'));
  assert.equal((await pushBlob('one', 'secret')).status, 201);
  assert.equal((await pushManifest('one', 'secret', 'secret')).status, 201);
  assert.equal(await collect(), 0);
  assert.equal((await call('GET', '/v2/one/manifests/secret')).status, 200);
  assert.equal(await purgedAmong(catalog.database, [digestOf('secret')]), undefined);
});

test('a purge takes what a scrub had moved aside, too', async (t) => {
  const { pushBlob, catalog, content, folder } = await started(t);
  const secret = 'a secret of some length';
  await pushBlob('app', secret);
  const path = content.localPath(digestOf(secret));
  await chmod(path, 0o600);
  await writeFile(path, secret.replace('length', 'lengtX'));
  assert.equal((await Array.fromAsync(content.verify({ quarantine: true }))).length, 1);
  const damaged = join(folder, 'content', 'damaged');
  assert.equal((await readdir(damaged)).length, 1);
  await purgeContent({ catalog, content }, { name: 'user:ann' }, digestOf(secret), 'a key');
  assert.deepEqual(await readdir(damaged), []);
});

test('a purge that was broken off is completed by the next collection', async (t) => {
  const { pushBlob, catalog, content } = await started(t);
  await pushBlob('app', 'secret');
  const broken: ContentStore = Object.assign(Object.create(content), {
    delete: async () => {
      throw new Error('the power went');
    },
  });
  const by = { name: 'user:ann' };
  await assert.rejects(purgeContent({ catalog, content: broken }, by, digestOf('secret'), 'a key'), /the power went/);
  assert.equal(await resumePurges({ catalog, content }), 0, 'it may still run');
  assert.deepEqual(
    await createCollection(catalog).unsettled(),
    [],
    'no collection lets anybody link what a purge is removing',
  );
  const later = (): Date => new Date(Date.now() + 3_600_000);
  assert.equal(await resumePurges({ catalog, content, now: later }), 1);
  assert.equal(await content.stat(digestOf('secret')), undefined);
  assert.equal(await resumePurges({ catalog, content, now: later }), 0);
});

test('a push of content that a collection which died had marked waits for the next one, and is whole', async (t) => {
  const { call, pushBlob, catalog, collect } = await started(t);
  await pushBlob('app', 'x');
  await call('DELETE', `/v2/app/blobs/${digestOf('x')}`);
  const collection = createCollection(catalog);
  const due = await collection.due('content', new Date(Date.now() + 1000), { limit: 10 });
  assert.equal((await collection.condemn(due, new Date())).length, 1);
  const pushed = pushBlob('app', 'x');
  const first = await Promise.race([pushed, new Promise((resolve) => setTimeout(resolve, 150, 'waits'))]);
  assert.equal(first, 'waits');
  await collect();
  const answered = await pushed;
  assert.equal(answered.status, 201, await answered.text());
  assert.equal(await (await call('GET', `/v2/app/blobs/${digestOf('x')}`)).text(), 'x');
});
