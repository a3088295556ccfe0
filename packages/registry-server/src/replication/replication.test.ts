import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Catalog, removeManifest } from '@lading/catalog';
import { type Digest, digestOf, encodeJson, mediaTypes } from '@lading/oci';
import type { DirectoryStore } from '@lading/store';
import { isLongRun, mixedBytes, startDockerRegistry } from '@lading/testkit';
import { purgeContent } from '../policy/purge/purge-content.ts';
import { rule } from '../testing/replication-rule.ts';
import { pushImage } from '../testing/test-access.ts';
import { startTestRegistry, type TestRegistry } from '../testing/test-registry.ts';
import { createBandwidth } from './bandwidth.ts';
import { localRepository } from './local-repository.ts';
import { replicate } from './replicate.ts';
import { createReplicated } from './replicated.ts';
import type { ReplicationRule } from './replication-config.ts';
import type { ReplicationFigures } from './replication-run.ts';

const run = (
  local: TestRegistry,
  how: ReplicationRule,
  signal = new AbortController().signal,
): Promise<ReplicationFigures> =>
  replicate(how, {
    catalog: local.catalog,
    content: local.content,
    replicated: createReplicated(local.catalog),
    by: { name: 'job:replicate' },
    signal,
  });

/** Something that refers to a tag's image. */
async function attach(url: string, repository: string, tag: string): Promise<string> {
  const subject = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: mediaTypes.ociManifest },
  });
  const bytes = Buffer.from(await subject.arrayBuffer());
  const [config] = JSON.parse(bytes.toString()).layers;
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.example.signature',
    config: { ...config, mediaType: 'application/vnd.example.config' },
    layers: [],
    subject: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length },
  });
  const answer = await fetch(`${url}/v2/${repository}/manifests/${digestOf(manifest)}`, {
    method: 'PUT',
    headers: { 'content-type': mediaTypes.ociManifest },
    body: manifest,
  });
  assert.equal(answer.status, 201);
  return digestOf(manifest);
}

/** An image of one layer. */
async function pushLayer(url: string, repository: string, layer: Buffer): Promise<void> {
  const blob = async (bytes: Buffer): Promise<{ digest: string; size: number }> => {
    const digest = digestOf(bytes);
    const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
    const headers = { 'content-type': 'application/octet-stream' };
    assert.equal((await fetch(`${url}${path}`, { method: 'POST', headers, body: new Uint8Array(bytes) })).status, 201);
    return { digest, size: bytes.length };
  };
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, ...(await blob(Buffer.from('{}'))) },
    layers: [{ mediaType: mediaTypes.ociLayer, ...(await blob(layer)) }],
  });
  const headers = { 'content-type': mediaTypes.ociManifest };
  const answer = await fetch(`${url}/v2/${repository}/manifests/v1`, { method: 'PUT', headers, body: manifest });
  assert.equal(answer.status, 201);
}

/** Bytes of the writes that are under way. */
async function arriving(content: DirectoryStore): Promise<number> {
  let bytes = 0;
  for await (const { size } of content.ingests()) bytes += size;
  return bytes;
}

const tagsOf = (catalog: Catalog, repository: string): Promise<string[]> =>
  Array.fromAsync(catalog.references(repository).tags());

const referrersOf = async (catalog: Catalog, repository: string, digest: string): Promise<string[]> =>
  (await Array.fromAsync(catalog.referrers(repository, digest as never))).map((each) => each.digest);

async function pair(t: TestContext): Promise<{ local: TestRegistry; other: TestRegistry }> {
  return { local: await startTestRegistry(t), other: await startTestRegistry(t) };
}

test('a push rule brings what its filters let through, with what was attached, and nothing twice', async (t) => {
  const { local, other } = await pair(t);
  const image = await pushImage(local.url, 'team/app', 'v1', {});
  await pushImage(local.url, 'team/app', 'test-1', {});
  await pushImage(local.url, 'secret/app', 'v1', {});
  const signature = await attach(local.url, 'team/app', 'v1');
  const how = rule(other.host, { repositories: ['team/**'], tags: ['v*'], prefix: 'mirror/' });

  const first = await run(local, how);
  assert.deepEqual([first.copied, first.failed], [1, 0]);
  assert.deepEqual(await Array.fromAsync(other.catalog.repositories()), ['mirror/team/app']);
  assert.deepEqual(await tagsOf(other.catalog, 'mirror/team/app'), ['v1']);
  assert.deepEqual(await referrersOf(other.catalog, 'mirror/team/app', image.digest), [signature]);
  assert.equal((await run(local, how)).copied, 0);
});

test('what is attached to an image after it was replicated follows by itself', async (t) => {
  const { local, other } = await pair(t);
  const image = await pushImage(local.url, 'app', 'v1', {});
  assert.equal((await run(local, rule(other.host))).copied, 1);
  const signature = await attach(local.url, 'app', 'v1');
  assert.equal((await run(local, rule(other.host))).copied, 1);
  assert.deepEqual(await referrersOf(other.catalog, 'app', image.digest), [signature]);
  assert.equal((await run(local, rule(other.host))).copied, 0);
});

test('a pull rule brings what the other registry has, linked and recorded here, with signatures that come later', async (t) => {
  const { local, other } = await pair(t);
  const image = await pushImage(other.url, 'team/app', 'v1', {});
  await pushImage(other.url, 'team/app', 'edge', {});
  const how = rule(other.host, { direction: 'pull', repositories: ['team/*'], tags: ['v*'] });
  assert.equal((await run(local, how)).copied, 1);
  assert.equal((await fetch(`${local.url}/v2/team/app/blobs/${image.layer}`)).status, 200);
  assert.deepEqual(await tagsOf(local.catalog, 'team/app'), ['v1']);
  assert.equal((await local.catalog.tagHistory('team/app', 'v1'))[0]?.by, 'job:replicate');
  assert.equal((await run(local, how)).copied, 0);
  const signature = await attach(other.url, 'team/app', 'v1');
  assert.equal((await run(local, how)).copied, 1);
  assert.deepEqual(await referrersOf(local.catalog, 'team/app', image.digest), [signature]);
});

test('a pull rule brings back nothing that was purged or put in quarantine here', async (t) => {
  const { local, other } = await pair(t);
  const [bad, held] = [await pushImage(other.url, 'bad', 'v1', {}), await pushImage(other.url, 'held', 'v1', {})];
  await pushImage(other.url, 'good', 'v1', {});
  const how = rule(other.host, { direction: 'pull' });
  assert.equal((await run(local, how)).copied, 3);
  const by = { name: 'user:ann' };
  await purgeContent(local, by, bad.layer as Digest, 'a key is in it');
  await local.catalog.ledger.write(by, async (page) => {
    await removeManifest(page, 'held', held.digest as Digest);
    await page.enter({ kind: 'content.quarantined', digest: held.layer as Digest, reason: 'CVE' });
  });
  const again = await run(local, how);
  assert.deepEqual([again.copied, again.failed], [0, 2]);
  assert.equal(await local.content.stat(bad.layer as Digest), undefined);
  const reasons = (await createReplicated(local.catalog).failures(how.name, 10)).map(({ error }) => error);
  assert.match(reasons[0] ?? '', /was purged/);
  assert.match(reasons[1] ?? '', /is in quarantine/);
});

test('a blob that a pull rule need not bring is leased: no collection takes it before the manifest', async (t) => {
  const { local } = await pair(t);
  const { layer } = await pushImage(local.url, 'app', 'v1', {});
  const linkedAt = async (): Promise<unknown> =>
    (await local.catalog.database.get('SELECT asked_at FROM blobs WHERE digest = ?', layer))?.asked_at;
  const before = String(await linkedAt());
  await sleep(5);
  const to = localRepository({ ...local, name: 'app', by: { name: 'job:replicate' } });
  assert.ok((await to.content.stat(layer as Digest)) !== undefined);
  assert.ok(String(await linkedAt()) > before);
});

test('removals follow where the rule says so, and only of what the rule brought', async (t) => {
  const { local, other } = await pair(t);
  await pushImage(local.url, 'app', 'v1', {});
  await pushImage(local.url, 'app', 'v2', {});
  await pushImage(other.url, 'app', 'own', {});
  await run(local, rule(other.host, { deletions: true }));
  await local.catalog.removeTag('app', 'v1');
  assert.equal((await run(local, rule(other.host))).removed, 0);
  assert.equal((await run(local, rule(other.host, { deletions: true }))).removed, 1);
  assert.deepEqual(await tagsOf(other.catalog, 'app'), ['own', 'v2']);
});

test('what fails is kept in mind with its reason, does not hold up the rest, and is tried again', async (t) => {
  const { local, other } = await pair(t);
  await pushImage(local.url, 'app', 'v1', {});
  const { layer } = await pushImage(local.url, 'broken', 'v1', {});
  await local.content.delete(layer as never);
  const how = rule(other.host);
  const figures = await run(local, how);
  assert.deepEqual([figures.copied, figures.failed], [1, 1]);
  const replicated = createReplicated(local.catalog);
  const [failure] = await replicated.failures(how.name, 10);
  assert.deepEqual([failure?.repository, failure?.name], ['broken', 'v1']);
  await pushImage(local.url, 'broken', 'v1', {});
  assert.equal((await run(local, how)).copied, 1);
  assert.deepEqual(await replicated.failures(how.name, 10), []);
});

test('a run that is broken off leaves what it has brought to the next one, in both directions', async (t) => {
  if (!isLongRun(t)) return;
  const { local, other } = await pair(t);
  const layer = mixedBytes(6 << 20);
  for (const [index, direction] of (['push', 'pull'] as const).entries()) {
    const [source, repository] = [direction === 'push' ? local : other, `large-${index}`];
    await pushLayer(source.url, repository, layer);
    const stop = new AbortController();
    const slow = rule(other.host, { name: direction, direction, repositories: [repository], bytesPerSecond: 4 << 20 });
    const running = run(local, slow, stop.signal);
    const target = direction === 'push' ? other : local;
    while ((await arriving(target.content as DirectoryStore)) < 2 << 20) await sleep(20);
    stop.abort();
    await assert.rejects(running, { code: 'INTERRUPTED' });
    const figures = await run(local, { ...slow, bytesPerSecond: undefined });
    assert.deepEqual([figures.copied, figures.failed], [1, 0]);
    assert.ok(
      figures.resumedBytes >= 1 << 20,
      `${direction}: ${figures.resumedBytes} bytes did not have to move again`,
    );
    layer.fill(index + 1, 0, 100);
  }
});

test('a docker-registry is replicated to and from, with referrers under their tag', async (t) => {
  const distribution = await startDockerRegistry(t);
  if (distribution === undefined) return;
  const { local, other } = await pair(t);
  const image = await pushImage(local.url, 'team/app', 'v1', {});
  const signature = await attach(local.url, 'team/app', 'v1');
  const pushed = await run(local, rule(distribution.host));
  assert.deepEqual([pushed.copied, pushed.failed], [1, 0]);
  const pulled = await run(other, rule(distribution.host, { direction: 'pull' }));
  assert.equal(pulled.failed, 0);
  assert.equal((await other.catalog.references('team/app').resolve('v1'))?.digest, image.digest);
  assert.deepEqual(await referrersOf(other.catalog, 'team/app', image.digest), [signature]);
});

test('the limit holds for all streams together', async () => {
  const bandwidth = createBandwidth(4 << 20);
  const chunk = mixedBytes(256 << 10);
  const began = performance.now();
  const read = async (): Promise<void> => {
    for await (const _ of bandwidth.through(chunks(8)));
  };
  await Promise.all([read(), read()]);
  const seconds = (performance.now() - began) / 1000;
  // Less a burst; how much longer it takes is up to the machine.
  assert.ok(seconds > 0.6, `2 × 2 MiB at 4 MiB/s took ${seconds} s`);

  async function* chunks(count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index++) yield chunk;
  }
});
