import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCatalog, usageOf } from '@lading/catalog';
import { digestOf } from '@lading/oci';
import { openDirectoryStore } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { createEvents } from '../events/events.ts';
import { createRegistryServer } from '../registry-server.ts';
import { manifestWith, type ProtocolClient, protocolClient } from '../testing/protocol-client.ts';
import { collectGarbage } from './collection/collect-garbage.ts';
import { type ConfiguredPolicy, createPolicy } from './create-policy.ts';
import type { PolicyConfig } from './policy-config.ts';
import type { PolicyRule } from './policy-rules.ts';
import { trackPulls } from './track-pulls.ts';

interface Replica extends ProtocolClient {
  readonly catalog: Awaited<ReturnType<typeof openCatalog>>;
  readonly content: Awaited<ReturnType<typeof openDirectoryStore>>;
  readonly policy: ConfiguredPolicy;
  readonly flushPulls: () => Promise<void>;
}

/** A registry with these rules; another of the same folder is another replica. */
async function replica(
  t: TestContext,
  rules: Omit<PolicyRule, 'repositories'>,
  { folder, ...more }: Partial<PolicyConfig> & { readonly folder?: string } = {},
): Promise<Replica> {
  const root = folder ?? (await temporaryFolder(t));
  const content = await openDirectoryStore(join(root, 'content'));
  const catalog = await openCatalog({ path: join(root, 'catalog.sqlite') });
  const config = {
    rules: [{ repositories: ['**'], ...rules }],
    trashMs: 0,
    leaseMs: 60_000,
    graceMs: 0,
    uploadsMs: 0,
    ...more,
  };
  const events = createEvents();
  const policy = await createPolicy({ catalog, config });
  const pulls = trackPulls(catalog, events);
  const server = createRegistryServer({ content, catalog, policy, events });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await server.close(0);
    await pulls.close();
    await policy.close();
    await catalog.close();
  });
  return { ...protocolClient(`http://127.0.0.1:${port}`), catalog, content, policy, flushPulls: pulls.flush };
}

test('an immutable tag is made once, neither moved nor removed, not even with its manifest; exceptions are free', async (t) => {
  const { call, pushBlob, pushManifest } = await replica(t, { immutable: { tags: ['v*'], except: ['v*-dev'] } });
  for (const layer of ['a', 'b']) await pushBlob('app', layer);
  for (const tag of ['v1', 'v1-dev', 'latest']) assert.equal((await pushManifest('app', tag, 'a')).status, 201);
  assert.equal((await pushManifest('app', 'v1', 'a')).status, 201, 'the same again is no move');
  const refused = await pushManifest('app', 'v1', 'b');
  assert.equal(refused.status, 409);
  assert.match(await refused.text(), /immutable/);
  assert.equal(
    (await call('GET', `/v2/app/manifests/${manifestWith('b').digest}`)).status,
    404,
    'nothing of it is kept',
  );
  assert.equal((await call('DELETE', '/v2/app/manifests/v1')).status, 409);
  assert.equal((await call('DELETE', `/v2/app/manifests/${manifestWith('a').digest}`)).status, 409);
  for (const tag of ['v1-dev', 'latest']) assert.equal((await pushManifest('app', tag, 'b')).status, 201);
  assert.equal((await call('DELETE', '/v2/app/manifests/v1-dev')).status, 202);
});

test('a quota refuses an upload that says its size before a byte is taken, and what would exceed it when it is linked', async (t) => {
  const { call, catalog, content, pushBlob } = await replica(t, { quota: { eachBytes: 100 } });
  assert.equal((await pushBlob('app', 'x'.repeat(60))).status, 201);
  const early = await pushBlob('app', 'y'.repeat(60));
  assert.equal(early.status, 403);
  assert.match(await early.text(), /quota/);
  assert.equal(await content.stat(digestOf('y'.repeat(60))), undefined);
  // Of unknown length: it is seen when it is linked.
  const begun = await call('POST', '/v2/app/blobs/uploads/');
  const location = begun.headers.get('location') ?? '';
  const half = await call('PATCH', location, 'z'.repeat(30));
  assert.equal(half.status, 202);
  const both = await Promise.all([
    pushBlob('app', 'p'.repeat(40)),
    call('PUT', `${location}?digest=${digestOf('z'.repeat(30))}`),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 403], 'there is room for one of them');
  assert.ok(((await usageOf(catalog.database, 'app'))?.bytes ?? 0) <= 100);
  const { content: left } = await collectGarbage({
    catalog,
    content,
    config: { leaseMs: 60_000, graceMs: 0, uploadsMs: 0 },
  });
  assert.equal(left.length, 1, 'what was refused with all its bytes does not stay in the store');
  assert.equal((await pushBlob('other', 'x'.repeat(60))).status, 201, 'each repository has its own');
});

test('a quota that repositories share counts what they share once', async (t) => {
  const { pushBlob } = await replica(t, { quota: { totalBytes: 100 } });
  assert.equal((await pushBlob('one', 'x'.repeat(60))).status, 201);
  assert.equal((await pushBlob('two', 'y'.repeat(60))).status, 403);
  assert.equal((await pushBlob('two', 'y'.repeat(30))).status, 201);
});

test('media types, artifact types and sparse manifests are taken as the rules say', async (t) => {
  const { call, pushBlob, pushManifest } = await replica(t, {
    sparse: false,
    mediaTypes: ['application/vnd.oci.image.manifest.*'],
    artifactTypes: ['application/vnd.oci.image.config.*', 'application/vnd.example.sbom'],
  });
  const unknown = await pushManifest('app', '1', 'absent');
  assert.equal(unknown.status, 400);
  assert.match(await unknown.text(), /MANIFEST_BLOB_UNKNOWN/);
  await pushBlob('app', 'a');
  assert.equal((await pushManifest('app', '1', 'a')).status, 201);
  assert.equal((await pushManifest('app', '2', 'a', { artifactType: 'application/vnd.example.sbom' })).status, 201);
  assert.equal((await pushManifest('app', '3', 'a', { artifactType: 'application/vnd.example.chart' })).status, 403);
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [],
  });
  const refused = await call('PUT', '/v2/app/manifests/4', index, 'application/vnd.oci.image.index.v1+json');
  assert.equal(refused.status, 403);
});

test('content in quarantine is refused by every replica within a second, with whatever contains it, and its push too', async (t) => {
  const folder = await temporaryFolder(t);
  const [here, there] = [await replica(t, {}, { folder }), await replica(t, {}, { folder })];
  for (const layer of ['bad', 'good']) await here.pushBlob('app', layer);
  await here.pushManifest('app', 'image', 'bad');
  await here.pushManifest('app', 'other', 'good');
  const { digest, bytes } = manifestWith('bad');
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: bytes.length }],
  });
  await here.call('PUT', '/v2/app/manifests/index', index, 'application/vnd.oci.image.index.v1+json');
  const reason = 'CVE-2026-0001';
  await here.catalog.ledger.write(undefined, (page) =>
    page.enter({ kind: 'content.quarantined', digest: digestOf('bad'), reason }),
  );
  const began = performance.now();
  while ((await there.call('GET', '/v2/app/manifests/image')).status !== 403) await sleep(10);
  const tookMs = performance.now() - began;
  t.diagnostic(`another replica refused after ${Math.round(tookMs)} ms`);
  assert.ok(tookMs < 1000);
  await here.policy.refresh();
  for (const { call, pushManifest } of [here, there]) {
    for (const path of ['manifests/image', 'manifests/index', `manifests/${digest}`, `blobs/${digestOf('bad')}`]) {
      const refused = await call('GET', `/v2/app/${path}`);
      assert.equal(refused.status, 403, path);
      assert.match(await refused.text(), /CVE-2026-0001/);
    }
    assert.equal((await call('GET', '/v2/app/manifests/other')).status, 200);
    assert.equal((await pushManifest('app', 'again', 'bad', { annotations: { more: 'x' } })).status, 403);
  }
  await here.catalog.ledger.write(undefined, (page) =>
    page.enter({ kind: 'content.released', digest: digestOf('bad') }),
  );
  await here.policy.refresh();
  assert.equal((await here.call('GET', '/v2/app/manifests/index')).status, 200);
});

test('a blob that a client was told is here stays until its manifest comes; one that nobody asked for does not', async (t) => {
  const { call, catalog, content, pushBlob, pushManifest, policy } = await replica(
    t,
    { sparse: false },
    { leaseMs: 400 },
  );
  for (const layer of ['asked', 'forgotten']) await pushBlob('app', layer);
  await sleep(550);
  assert.equal((await call('HEAD', `/v2/app/blobs/${digestOf('asked')}`)).status, 200);
  await collectGarbage({ catalog, content, config: policy.config });
  assert.equal((await call('HEAD', `/v2/app/blobs/${digestOf('forgotten')}`)).status, 404);
  assert.equal((await pushManifest('app', '1', 'asked')).status, 201);
  await sleep(550);
  await collectGarbage({ catalog, content, config: policy.config });
  assert.equal((await call('GET', `/v2/app/blobs/${digestOf('asked')}`)).status, 200);
});

test('the last pull of a tag and its manifest is kept', async (t) => {
  const { call, catalog, flushPulls, pushBlob, pushManifest } = await replica(t, {});
  await pushBlob('app', 'a');
  await pushManifest('app', '1', 'a');
  await call('GET', '/v2/app/manifests/1');
  await flushPulls();
  const rows = await catalog.database.all('SELECT name FROM pulls ORDER BY name');
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['1', manifestWith('a').digest],
  );
});
