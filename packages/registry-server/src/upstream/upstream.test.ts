import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { copy } from '@lading/image';
import { digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { openRegistry } from '@lading/registry-client';
import { mixedBytes, startDockerRegistry, startHttpServer } from '@lading/testkit';
import { createEvents } from '../events/events.ts';
import { purgeContent } from '../policy/purge/purge-content.ts';
import { config, pull, startCache, startFaultyUpstream } from '../testing/faulty-upstream.ts';
import { pushImage } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import { createUpstreams } from './create-upstreams.ts';

test('an image of an upstream is pulled through, is then part of the repository, and is served when the upstream is gone', async (t) => {
  const upstream = await startTestRegistry(t);
  const image = await pushImage(upstream.url, 'team/app', 'v1', {});
  const cache = await startCache(t, upstream.host, { freshMs: 0 });

  const manifest = await pull(cache.url, 'hub/team/app/manifests/v1');
  assert.equal(manifest.status, 200);
  assert.equal(digestOf(manifest.body), image.digest);
  const layer = await pull(cache.url, `hub/team/app/blobs/${image.layer}`);
  assert.equal(layer.body.toString(), 'layer of team/app');
  assert.equal((await pull(cache.url, `hub/team/app/blobs/${digestOf('absent')}`)).status, 404);
  assert.equal((await pull(cache.url, 'hub/team/app/manifests/v2')).status, 404);
  assert.deepEqual(JSON.parse((await pull(cache.url, 'hub/team/app/tags/list')).body.toString()).tags, ['v1']);
  assert.equal((await fetch(`${cache.url}/v2/hub/team/app/blobs/uploads/`, { method: 'POST' })).status, 405);

  await upstream.stop();
  const stale = await pull(cache.url, 'hub/team/app/manifests/v1');
  assert.equal(stale.status, 200);
  assert.match(
    stale.headers.get('warning') ?? '',
    /^299 - "Served from the cache: the upstream 127\.0\.0\.1:\d+ could not/,
  );
  assert.equal((await pull(cache.url, `hub/team/app/blobs/${image.layer}`)).status, 200);
  assert.equal((await pull(cache.url, 'hub/team/other/manifests/v1')).status, 502);
});

test('a tag that moved at the upstream moves here once it is no longer fresh; until then nobody asks', async (t) => {
  const upstream = await startTestRegistry(t);
  const first = await pushImage(upstream.url, 'app', 'v1', {});
  const second = await pushImage(upstream.url, 'other', 'v1', {});
  const cache = await startCache(t, upstream.host, { freshMs: 300 });
  assert.equal(digestOf((await pull(cache.url, 'hub/app/manifests/v1')).body), first.digest);
  const { size } = (await upstream.catalog.references('other').resolve('v1')) ?? { size: 0 };
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: second.digest as never, size };
  const bytes = await (await fetch(`${upstream.url}/v2/other/manifests/v1`)).arrayBuffer();
  await upstream.catalog.references('app').record(descriptor, new Uint8Array(bytes));
  await upstream.catalog.references('app').tag('v1', descriptor);
  assert.equal(digestOf((await pull(cache.url, 'hub/app/manifests/v1')).body), first.digest);
  await sleep(320);
  assert.equal(digestOf((await pull(cache.url, 'hub/app/manifests/v1')).body), second.digest);
  assert.equal((await cache.catalog.tagHistory('hub/app', 'v1'))[0]?.by, 'upstream:hub');
});

test('an upstream that asks to slow down, fails or does not answer is left alone, and what is cached is served', async (t) => {
  const upstream = await startFaultyUpstream(t, Buffer.from('layer'));
  const events = createEvents();
  const told: unknown[] = [];
  events.subscribe((event) => void (event.kind === 'upstream' && told.push(event.detail?.condition)));
  for (const [status, expected] of [
    [429, 429],
    [500, 502],
    [0, 502],
  ] as const) {
    const cache = await startTestRegistry(t, {
      events,
      upstreams: (parts) => createUpstreams(parts, [config(upstream.server.host, { freshMs: 0, patienceMs: 200 })]),
    });
    upstream.fault = undefined;
    await pull(cache.url, 'hub/app/manifests/v1');
    upstream.fault = (_, response) =>
      status === 0 ? new Promise(() => {}) : response.writeHead(status, { 'retry-after': '30' }).end('{}');
    const asked = upstream.server.seen.length;
    for (let time = 0; time < 3; time++) {
      const stale = await pull(cache.url, 'hub/app/manifests/v1');
      assert.equal(stale.status, 200);
      assert.match(stale.headers.get('warning') ?? '', /^299 - "Served from the cache/);
    }
    assert.ok(
      upstream.server.seen.length - asked <= 1,
      `${status}: asked ${upstream.server.seen.length - asked} times`,
    );
    if (status === 0) continue;
    const missing = await pull(cache.url, 'hub/app/manifests/sha256:'.concat('0'.repeat(64)));
    assert.equal(missing.status, expected);
    if (status === 429) assert.match(missing.headers.get('retry-after') ?? '', /^(30|29)$/);
  }
  assert.deepEqual(told, ['limited', 'failing']);
});

test('what an upstream does not have is not asked for again for a while', async (t) => {
  const upstream = await startFaultyUpstream(t, Buffer.from('layer'));
  const cache = await startCache(t, upstream.server.host);
  for (let time = 0; time < 3; time++) {
    assert.equal((await pull(cache.url, 'hub/app/manifests/absent')).status, 404);
    assert.equal((await pull(cache.url, `hub/app/blobs/${digestOf('absent')}`)).status, 404);
  }
  assert.equal(upstream.count('HEAD', /manifests/), 1);
  assert.equal(upstream.count('HEAD', /blobs/), 1);
});

test('only repositories that the configuration allows are asked for, with the credentials it has', async (t) => {
  const seen: (string | undefined)[] = [];
  const server = await startHttpServer(t, (request, response) => {
    if (request.headers.authorization === undefined) {
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('{}');
    }
    seen.push(request.headers.authorization);
    return response.writeHead(404).end('{}');
  });
  const { Secret } = await import('@lading/errors');
  const cache = await startCache(t, server.host, {
    repositories: ['team/**'],
    credentials: { username: 'cache', password: new Secret('s3cret') },
  });
  assert.equal((await pull(cache.url, 'hub/other/manifests/v1')).status, 404);
  assert.equal(seen.length, 0);
  assert.equal((await pull(cache.url, 'hub/team/app/manifests/v1')).status, 404);
  assert.ok(seen.includes(`Basic ${Buffer.from('cache:s3cret').toString('base64')}`));
});

test('content of other repositories here does not show through a cache whose upstream does not have it', async (t) => {
  const upstream = await startFaultyUpstream(t, Buffer.from('layer'));
  const cache = await startCache(t, upstream.server.host);
  const secret = await pushImage(cache.url, 'private/app', 'v1', {});
  assert.equal((await pull(cache.url, `hub/app/blobs/${secret.layer}`)).status, 404);
});

/** Something that refers to the image of a tag. */
async function attach(url: string, repository: string, image: string, size: number): Promise<string> {
  const signature = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.example.signature',
    config: { mediaType: 'application/vnd.example.config', digest: digestOf(configText), size: configText.length },
    layers: [],
    subject: { mediaType: mediaTypes.ociManifest, digest: image, size },
  });
  const headers = { 'content-type': mediaTypes.ociManifest };
  const path = `/v2/${repository}/manifests/${digestOf(signature)}`;
  assert.equal((await fetch(`${url}${path}`, { method: 'PUT', headers, body: signature })).status, 201);
  return digestOf(signature);
}

/** As pushImage() has it. */
const configText = '{"architecture":"amd64","os":"linux"}';

test('images and referrers come from ours as from a docker-registry, which has them under a tag', async (t) => {
  const source = await startTestRegistry(t);
  const image = await pushImage(source.url, 'team/app', 'v1', {});
  const { size } = (await source.catalog.references('team/app').resolve('v1')) ?? { size: 0 };
  const signature = await attach(source.url, 'team/app', image.digest, size);
  const distribution = await startDockerRegistry(t);
  const hosts = [source.host];
  if (distribution !== undefined) {
    const [from, to] = [openRegistry({ registry: source.host }), openRegistry({ registry: distribution.host })];
    await copy(from.repository('team/app'), to.repository('team/app'), { from: 'v1', to: 'v1', referrers: true });
    await Promise.all([from.close(), to.close()]);
    hosts.push(distribution.host);
  }
  for (const host of hosts) {
    const cache = await startCache(t, host);
    assert.equal(digestOf((await pull(cache.url, 'hub/team/app/manifests/v1')).body), image.digest);
    assert.equal((await pull(cache.url, `hub/team/app/blobs/${image.layer}`)).body.toString(), 'layer of team/app');
    const listed = await pull(cache.url, `hub/team/app/referrers/${image.digest}`);
    const { manifests } = JSON.parse(listed.body.toString());
    assert.deepEqual(
      manifests.map((each: { digest: string; artifactType: string }) => [each.digest, each.artifactType]),
      [[signature, 'application/vnd.example.signature']],
    );
    assert.equal((await pull(cache.url, `hub/team/app/manifests/${signature}`)).status, 200);
  }
});

test('what an upstream refuses the cache is no challenge to its clients, and is not asked for again at once', async (t) => {
  const upstream = await startFaultyUpstream(t, Buffer.from('layer'));
  upstream.fault = (_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('{}');
  const cache = await startCache(t, upstream.server.host);
  const refused = await pull(cache.url, 'hub/private/manifests/v1');
  assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [403, null]);
  const asked = upstream.server.seen.length;
  assert.equal((await pull(cache.url, 'hub/private/manifests/v1')).status, 404);
  assert.equal(upstream.server.seen.length, asked);
});

test('other upstreams apply at once, and who was pulling goes on', async (t) => {
  const layer = mixedBytes(1 << 20);
  const [first, second] = [await startFaultyUpstream(t, layer), await startFaultyUpstream(t, Buffer.from('other'))];
  let upstreams: ReturnType<typeof createUpstreams> | undefined;
  const cache = await startTestRegistry(t, {
    upstreams: (parts) => {
      upstreams = createUpstreams(parts, [config(first.server.host)]);
      return upstreams;
    },
  });
  await pull(cache.url, 'hub/app/manifests/v1');
  const rest = Promise.withResolvers<void>();
  first.fault = (request, response) => {
    if (request.method !== 'GET' || !request.url?.includes('/blobs/')) return false;
    response.writeHead(200, { 'content-length': layer.length });
    response.write(layer.subarray(0, 1000));
    return rest.promise.then(() => response.end(layer.subarray(1000)));
  };
  const pulling = await fetch(`${cache.url}/v2/hub/app/blobs/${first.layer}`);
  upstreams?.configure([config(second.server.host, { prefix: 'other' })]);
  assert.equal((await pull(cache.url, 'other/app/manifests/v1')).status, 200);
  assert.equal((await pull(cache.url, 'hub/new/manifests/v1')).status, 404);
  rest.resolve();
  assert.equal(digestOf(Buffer.from(await pulling.arrayBuffer())), first.layer);
});

test('what was purged does not come back through an upstream, alone or in an image, until somebody pushes it', async (t) => {
  const upstream = await startTestRegistry(t);
  const image = await pushImage(upstream.url, 'team/app', 'v1', {});
  const cache = await startCache(t, upstream.host, { freshMs: 0, absentMs: 0 });
  const layer = `hub/team/app/blobs/${image.layer}`;
  for (const path of ['hub/team/app/manifests/v1', layer]) assert.equal((await pull(cache.url, path)).status, 200);
  await purgeContent(cache, { name: 'user:ann' }, image.layer as never, 'a key is in it');
  assert.equal((await pull(cache.url, layer)).status, 404);
  assert.equal((await pull(cache.url, 'hub/team/app/manifests/v1')).status, 403);
  assert.equal(await cache.content.stat(image.layer as never), undefined);
  await pushImage(cache.url, 'team/app', 'v1', {});
  assert.equal((await pull(cache.url, 'hub/team/app/manifests/v1')).status, 200);
  assert.equal((await pull(cache.url, layer)).status, 200);
});
