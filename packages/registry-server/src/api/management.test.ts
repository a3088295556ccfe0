import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openCatalog } from '@lading/catalog';
import { digestOf } from '@lading/oci';
import { openDirectoryJournal, openDirectoryStore } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { type Access, openAccess } from '../access/access.ts';
import { problem } from '../answer.ts';
import { parseRegistryConfig } from '../config/registry-config.ts';
import { openRegistryServer } from '../open-registry-server.ts';
import { startTestRegistry } from '../testing/test-registry.ts';

type Json = Readonly<Record<string, unknown>> & { readonly items: readonly Readonly<Record<string, unknown>>[] };

/** A registry as `lading serve` runs it. */
async function served(t: TestContext, configuration: string, env: NodeJS.ProcessEnv = {}) {
  const folder = await temporaryFolder(t);
  const content = await openDirectoryStore(join(folder, 'content'));
  const journal = await openDirectoryJournal(join(folder, 'journal'));
  const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite'), journal, content });
  const config = await parseRegistryConfig(configuration, { env });
  const server = await openRegistryServer({ config, content, catalog, version: '1.2.3', warn: () => {} });
  t.after(async () => {
    await server.close(0);
    await catalog.close();
    await journal.close();
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const base = `http://127.0.0.1:${port}`;
  const call = async (path: string, method = 'GET'): Promise<{ status: number; body: Json }> => {
    const response = await fetch(`${base}/api/v1${path}`, { method });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json };
  };
  return { base, call, catalog, server };
}

/** Pushes an image of one layer over the protocol; its manifest's digest. */
async function push(base: string, repository: string, tag: string, layer: string): Promise<string> {
  const blob = async (text: string): Promise<{ mediaType: string; digest: string; size: number }> => {
    const digest = digestOf(text);
    const answer = await fetch(`${base}/v2/${repository}/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      body: text,
    });
    assert.equal(answer.status, 201);
    return { mediaType: 'application/octet-stream', digest, size: text.length };
  };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = { schemaVersion: 2, mediaType, config: await blob('{}'), layers: [await blob(layer)] };
  const answer = await fetch(`${base}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'Content-Type': mediaType },
    body: JSON.stringify(manifest),
  });
  assert.equal(answer.status, 201);
  return answer.headers.get('docker-content-digest') ?? '';
}

test('manifests, storage and what happened can be looked at', async (t) => {
  const { base, call } = await served(t, '');
  const digest = await push(base, 'team/app', '1', 'one layer');
  await push(base, 'team/copy', '1', 'one layer');
  await push(base, 'team/copy', '2', 'another layer');

  const { body: manifests } = await call('/repositories/team%2Fapp/manifests');
  assert.deepEqual(
    manifests.items.map((manifest) => [manifest.digest, manifest.tags]),
    [[digest, ['1']]],
  );
  const { body: manifest } = await call(`/repositories/team%2Fapp/manifests/${digest}`);
  assert.deepEqual((manifest.parts as { kind: string; size: number }[]).map(({ kind, size }) => [kind, size]).sort(), [
    ['config', 2],
    ['layer', 9],
  ]);
  assert.equal((await call(`/repositories/team%2Fapp/manifests/${digestOf('no')}`)).status, 404);

  const { body: app } = await call('/repositories/team%2Fapp/storage');
  assert.deepEqual([app.uniqueBytes, app.sharedBytes], [0, app.bytes]);
  const { body: copy } = await call('/repositories/team%2Fcopy/storage');
  const { body: total } = await call('/storage');
  assert.deepEqual([total.bytes, total.repositories], [copy.bytes, 2]);
  assert.equal(total.uniqueBytes, Number(copy.bytes) - Number(app.bytes));
  assert.equal((await call('/storage/repositories?limit=1')).body.next, 'team/app');

  const { body: audit } = await call('/audit?repository=team%2Fapp&kind=tag.moved');
  assert.deepEqual(
    audit.items.map(({ kind, actor, entry }) => [kind, actor, (entry as { tag: string }).tag]),
    [['tag.moved', 'anonymous', '1']],
  );
  const { body: first } = await call('/audit?limit=2');
  const { body: second } = await call(`/audit?limit=100&after=${first.next}`);
  assert.equal(second.items.at(-1)?.sequence, 1);
  assert.equal(first.items.length, 2);
});

test('the configuration is shown without its secrets, and the version with nothing else', async (t) => {
  const { call } = await served(
    t,
    `server: {url: https://registry.example.org, database: {env: DATABASE}}
webhooks: [{name: ci, url: "https://ci.example.org/hook?key=k1", secret: {env: HOOK}, headers: {X-Token: k2}}]
`,
    { DATABASE: 'postgres://me:password@db/registry', HOOK: 'hook secret' },
  );
  const { body } = await call('/configuration');
  assert.doesNotMatch(JSON.stringify(body), /password|hook secret|k1|k2/);
  assert.equal((body.server as { url: string }).url, 'https://registry.example.org');
  assert.deepEqual((await call('/version')).body, { name: 'lading', version: '1.2.3' });
});

test('what could not be delivered to a webhook is listed, tried again, and dropped', async (t) => {
  const { base, call, server, catalog } = await served(
    t,
    'webhooks: [{name: ci, url: "http://127.0.0.1:1/", attempts: 1, events: [tag]}]',
  );
  while ((await catalog.database.get('SELECT 1 AS x FROM delivery_position')) === undefined) await pause();
  await push(base, 'team/app', '1', 'layer');
  const dead = async (): Promise<number> => Number((await call('/webhooks')).body.items[0]?.dead);
  while ((await dead()) === 0) await pause();
  const { body } = await call('/webhooks/ci/deliveries');
  const [delivery] = body.items;
  assert.ok(delivery !== undefined);
  assert.match(String(delivery.error), /ECONNREFUSED|bad port/);
  assert.equal((delivery.body as { type: string }).type, 'lading.registry.tag');
  assert.equal((await call(`/webhooks/ci/deliveries/${delivery.event}/retry`, 'POST')).status, 202);
  while ((await dead()) === 0) await pause();
  assert.equal((await call(`/webhooks/ci/deliveries/${delivery.event}`, 'DELETE')).status, 204);
  assert.equal((await call(`/webhooks/ci/deliveries/${delivery.event}`, 'DELETE')).status, 404);
  const metrics = await server.registry.metrics.text();
  assert.match(metrics, /^lading_webhook_deliveries_total\{webhook="ci",outcome="given up"\} 2$/m);
});

test('what is not for everybody is for administrators alone', async (t) => {
  const access: Access = {
    ...openAccess,
    may: (_identity, action) => action === 'pull',
    refuse: () => problem(403, 'DENIED', 'Not for you'),
  };
  const { host } = await startTestRegistry(t, { access });
  for (const path of ['/storage', '/audit', '/audit?repository=a', '/configuration', '/webhooks']) {
    const response = await fetch(`http://${host}/api/v1${path}`);
    assert.equal(response.status, 403, path);
    const { code, detail } = (await response.json()) as { code: string; detail: string };
    assert.deepEqual([code, detail], ['DENIED', 'Not for you']);
  }
  assert.equal((await fetch(`http://${host}/metrics`)).status, 403);
  for (const path of ['/api/v1/version', '/healthz', '/readyz']) {
    assert.equal((await fetch(`http://${host}${path}`)).status, 200, path);
  }
});

test('pages of other sites change nothing with the credentials of whoever looks at them', async (t) => {
  const { base } = await served(t, '');
  const status = async (site: string, method: string): Promise<number> => {
    const path = method === 'GET' ? 'version' : 'webhooks/ci/deliveries/1/retry';
    return (await fetch(`${base}/api/v1/${path}`, { method, headers: { 'sec-fetch-site': site } })).status;
  };
  assert.deepEqual(
    [await status('cross-site', 'GET'), await status('cross-site', 'POST'), await status('same-origin', 'POST')],
    [200, 403, 404],
  );
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
