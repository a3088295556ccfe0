import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf, emptyDescriptor, encodeJson, mediaTypes } from '@lading/oci';
import { createEvents, type RegistryEvent } from './events/events.ts';
import { noPolicy } from './policy/policy.ts';
import { errorOf, pushBlob, pushManifest, putManifest } from './testing/push.ts';
import { startTestRegistry } from './testing/test-registry.ts';

/** A manifest without parts that nobody has pushed. */
function bare(more: object = {}): Uint8Array {
  return encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: emptyDescriptor,
    layers: [],
    ...more,
  });
}

test('a manifest that is put by digest gets all the tags that the query names, each once', async (t) => {
  const registry = await startTestRegistry(t);
  const bytes = bare();
  const digest = digestOf(bytes);
  const tags = ['1.2.3', '1.2', '1', 'latest', '1'].map((tag) => `tag=${tag}`).join('&');
  const answer = await putManifest(registry, `app/manifests/${digest}?${tags}`, bytes);
  assert.deepEqual([answer.status, answer.headers.get('oci-tag')], [201, '1.2.3, 1.2, 1, latest']);
  for (const tag of ['1.2.3', '1.2', '1', 'latest']) {
    const got = await fetch(`${registry.url}/v2/app/manifests/${tag}`, { method: 'HEAD' });
    assert.equal(got.headers.get('docker-content-digest'), digest);
  }
});

test('of several tags either all are set or none, and then the manifest is not there', async (t) => {
  const registry = await startTestRegistry(t, {
    policy: { ...noPolicy, tagRule: (_, tag) => (tag === 'fixed' ? 'fixed' : 'free') },
  });
  await putManifest(registry, 'app/manifests/fixed', bare());
  const bytes = bare({ annotations: { a: 'b' } });
  const digest = digestOf(bytes);
  const bad = await putManifest(registry, `app/manifests/${digest}?tag=good&tag=not%20a%20tag`, bytes);
  assert.equal(bad.status, 400);
  const fixed = await putManifest(registry, `app/manifests/${digest}?tag=good&tag=fixed`, bytes);
  assert.equal(fixed.status, 409);
  for (const reference of ['good', digest]) {
    assert.equal((await fetch(`${registry.url}/v2/app/manifests/${reference}`)).status, 404);
  }
  assert.equal((await putManifest(registry, 'app/manifests/fixed', bare())).status, 201, 'the same again');
});

test('preconditions with several digests, any and none hold for pushing and deleting a tag', async (t) => {
  const registry = await startTestRegistry(t);
  const one = await pushManifest(registry, 'app', 'v1');
  const other = digestOf('other');
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await pushManifest(registry, 'app', 'v1', {}, headers)).answer.status;
  assert.equal(await status({ 'If-Match': `"${other}"` }), 412);
  assert.equal(await status({ 'If-Match': `"${other}", "${one.digest}"` }), 201);
  assert.equal(await status({ 'If-Match': '*' }), 201);
  assert.equal(await status({ 'If-None-Match': `"${other}"` }), 201);
  assert.equal(await status({ 'If-None-Match': `"${other}", W/"${one.digest}"` }), 412);
  const absent = await pushManifest(registry, 'app', 'v2', {}, { 'If-Match': '*' });
  assert.deepEqual([absent.answer.status, await errorOf(absent.answer)], [412, 'DENIED']);
  const remove = async (match: string): Promise<number> =>
    (await fetch(`${registry.url}/v2/app/manifests/v1`, { method: 'DELETE', headers: { 'If-Match': match } })).status;
  assert.equal(await remove(`"${other}"`), 412);
  assert.equal(await remove(`"${one.digest}"`), 202);
  assert.equal((await fetch(`${registry.url}/v2/app/manifests/${one.digest}`)).status, 200);
});

test('of many that want to make the same tag with If-None-Match, one does', async (t) => {
  const registry = await startTestRegistry(t);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      putManifest(registry, 'app/manifests/v1', bare({ annotations: { at: String(at) } }), { 'If-None-Match': '*' }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ status }) => status === 412).length, 11);
});

test('Docker schema 1 is refused as MANIFEST_INVALID, whether the type or the content says it', async (t) => {
  const registry = await startTestRegistry(t);
  const old = '{"schemaVersion":1,"name":"app","tag":"v1","fsLayers":[],"history":[],"signatures":[]}';
  for (const type of [mediaTypes.dockerSchema1Signed, mediaTypes.dockerSchema1, 'application/json']) {
    const answer = await putManifest(registry, 'app/manifests/v1', old, { 'Content-Type': type });
    assert.deepEqual([answer.status, await errorOf(answer)], [400, 'MANIFEST_INVALID']);
  }
});

test('Docker manifests and lists, caches of BuildKit and manifests without a type are kept as they are', async (t) => {
  const registry = await startTestRegistry(t, { policy: { ...noPolicy, acceptsSparse: () => false } });
  const config = await pushBlob(registry, 'app', '{}');
  const layer = await pushBlob(registry, 'app', 'layer');
  const get = async (digest: Digest): Promise<[number, string | null, string]> => {
    const answer = await fetch(`${registry.url}/v2/app/manifests/${digest}`);
    return [answer.status, answer.headers.get('content-type'), await answer.text()];
  };
  const push = async (type: string, value: object): Promise<Digest> => {
    // Spaces that no encoder here would write.
    const text = JSON.stringify(value, undefined, 5);
    const answer = await putManifest(registry, `app/manifests/${digestOf(text)}`, text, { 'Content-Type': type });
    assert.equal(answer.status, 201, await answer.text());
    assert.deepEqual(await get(digestOf(text)), [200, type, text]);
    return digestOf(text);
  };
  const manifest = await push(mediaTypes.dockerManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { mediaType: mediaTypes.dockerConfig, digest: config, size: 2 },
    layers: [
      { mediaType: mediaTypes.dockerLayer, digest: layer, size: 5 },
      {
        mediaType: mediaTypes.dockerForeignLayer,
        digest: digestOf('elsewhere'),
        size: 9,
        urls: ['https://example.org'],
      },
    ],
  });
  await push(mediaTypes.dockerManifestList, {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifestList,
    manifests: [{ mediaType: mediaTypes.dockerManifest, digest: manifest, size: 1 }],
  });
  // A cache of BuildKit: an index of layers and a config.
  await push(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      { mediaType: mediaTypes.ociLayerGzip, digest: layer, size: 5 },
      { mediaType: 'application/vnd.buildkit.cacheconfig.v0', digest: config, size: 2 },
    ],
  });
  // As Helm writes it.
  await push(mediaTypes.ociManifest, {
    schemaVersion: 2,
    config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: config, size: 2 },
    layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest: layer, size: 5 }],
  });
});

test('a manifest under its sha512 digest is answered with that digest, and can be tagged with it', async (t) => {
  const registry = await startTestRegistry(t);
  const bytes = bare();
  const digest = digestOf(bytes, 'sha512');
  const answer = await putManifest(registry, `app/manifests/${digest}?tag=v1`, bytes);
  assert.deepEqual([answer.status, answer.headers.get('docker-content-digest')], [201, digest]);
  for (const reference of [digest, 'v1']) {
    const got = await fetch(`${registry.url}/v2/app/manifests/${reference}`);
    assert.deepEqual([got.status, got.headers.get('docker-content-digest')], [200, digest]);
  }
});

test('a manifest that announces too many bytes is refused before they are sent; odd artifact types are invalid', async (t) => {
  const registry = await startTestRegistry(t);
  const large = await putManifest(registry, 'app/manifests/v1', 'x'.repeat((4 << 20) + 1));
  assert.deepEqual([large.status, await errorOf(large)], [413, 'SIZE_INVALID']);
  const odd = await putManifest(registry, 'app/manifests/v1', bare({ artifactType: 'a\0b' }));
  assert.deepEqual([odd.status, await errorOf(odd)], [400, 'MANIFEST_INVALID']);
});

test('a deprecation is a Warning that any text can be put into; ?ns= and encodings change nothing', async (t) => {
  const policy = { ...noPolicy, cautionOf: () => ({ warning: `use "v2" — it\\s b\netter${'.'.repeat(5000)}` }) };
  const registry = await startTestRegistry(t, { policy });
  const { digest } = await pushManifest(registry, 'app', 'v1');
  const got = await fetch(`${registry.url}/v2/app/manifests/v1?ns=registry.example.org`, {
    headers: { 'Accept-Encoding': 'zstd, gzip' },
  });
  assert.deepEqual([got.status, got.headers.get('docker-content-digest')], [200, digest]);
  assert.equal(got.headers.get('content-encoding'), null);
  assert.match(got.headers.get('warning') ?? '', /^299 - "use 'v2' \? it's b\?etter\.+"$/);
  assert.ok((got.headers.get('warning') ?? '').length < 4096);
});

test('what happens is told with who did it: push, tag, pull, untag, delete, upload, download, mount, unlink', async (t) => {
  const events = createEvents();
  const told: RegistryEvent[] = [];
  events.subscribe((event) => told.push(event));
  const registry = await startTestRegistry(t, { events });
  const { digest } = await pushManifest(registry, 'app', 'v1');
  await fetch(`${registry.url}/v2/app/manifests/v1`);
  await fetch(`${registry.url}/v2/app/manifests/v1`, { method: 'HEAD' });
  const layer = digestOf('layer');
  await fetch(`${registry.url}/v2/app/blobs/${layer}`);
  await fetch(`${registry.url}/v2/web/blobs/uploads/?mount=${layer}&from=app`, { method: 'POST' });
  await fetch(`${registry.url}/v2/app/manifests/v1`, { method: 'DELETE' });
  await fetch(`${registry.url}/v2/app/manifests/${digest}`, { method: 'DELETE' });
  await fetch(`${registry.url}/v2/web/blobs/${layer}`, { method: 'DELETE' });
  assert.deepEqual(
    told.map(({ kind, repository, tag }) => `${kind} ${repository} ${tag ?? ''}`.trim()),
    [
      'upload app',
      'upload app',
      'push app',
      'tag app v1',
      'pull app v1',
      'download app',
      'mount web',
      'untag app v1',
      'delete app',
      'unlink web',
    ],
  );
  assert.ok(told.every(({ actor }) => actor === 'anonymous'));
});
