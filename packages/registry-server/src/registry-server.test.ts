import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { noPolicy } from './policy/policy.ts';
import { errorOf, octets, pushBlob, pushManifest } from './testing/push.ts';
import { startTestRegistry, type TestRegistry } from './testing/test-registry.ts';

async function begin(registry: TestRegistry, name: string): Promise<string> {
  const answer = await fetch(`${registry.url}/v2/${name}/blobs/uploads/`, { method: 'POST' });
  assert.equal(answer.status, 202);
  assert.ok(answer.headers.get('docker-upload-uuid'));
  return registry.url + answer.headers.get('location');
}

test('a manifest is served under its tag and digest with the headers clients need', async (t) => {
  const registry = await startTestRegistry(t);
  const { answer, digest } = await pushManifest(registry, 'team/app', 'v1');
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get('docker-content-digest'), digest);
  for (const reference of ['v1', digest]) {
    for (const method of ['GET', 'HEAD']) {
      const got = await fetch(`${registry.url}/v2/team/app/manifests/${reference}`, { method });
      assert.equal(got.status, 200);
      assert.equal(got.headers.get('docker-content-digest'), digest);
      assert.equal(got.headers.get('content-type'), mediaTypes.ociManifest);
      assert.ok(Number(got.headers.get('content-length')) > 100);
      assert.equal(got.headers.get('docker-distribution-api-version'), 'registry/2.0');
    }
  }
  const cached = await fetch(`${registry.url}/v2/team/app/manifests/v1`, {
    headers: { 'If-None-Match': `"${digest}"` },
  });
  assert.equal(cached.status, 304);
});

test('a manifest whose parts are not in the repository is taken with a warning, or refused with their names', async (t) => {
  const strict = { ...noPolicy, acceptsSparse: (name: string) => name !== 'strict' };
  const registry = await startTestRegistry(t, { policy: strict });
  await pushBlob(registry, 'other', 'layer');
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf('{}'), size: 2 },
    layers: [{ mediaType: mediaTypes.ociLayer, digest: digestOf('layer'), size: 5 }],
  });
  const headers = { 'Content-Type': mediaTypes.ociManifest };
  const put = (name: string): Promise<Response> =>
    fetch(`${registry.url}/v2/${name}/manifests/v1`, { method: 'PUT', headers, body: bytes });
  const taken = await put('app');
  assert.equal(taken.status, 201);
  assert.match(
    taken.headers.get('warning') ?? '',
    /^299 - "The repository app lacks 2 of the manifest's parts: sha256:/,
  );
  const answer = await put('strict');
  assert.equal(answer.status, 400);
  const { errors } = (await answer.json()) as { errors: { code: string; detail: { digest: string }[] }[] };
  assert.equal(errors[0]?.code, 'MANIFEST_BLOB_UNKNOWN');
  assert.deepEqual(
    errors[0]?.detail.map((part) => part.digest),
    [digestOf('{}'), digestOf('layer')],
  );
  assert.equal((await fetch(`${registry.url}/v2/strict/manifests/v1`)).status, 404);
});

test('a manifest that is broken, too large or under a wrong digest is refused', async (t) => {
  const registry = await startTestRegistry(t);
  const put = (reference: string, body: string): Promise<Response> =>
    fetch(`${registry.url}/v2/app/manifests/${reference}`, {
      method: 'PUT',
      body,
      headers: { 'Content-Type': mediaTypes.ociManifest },
    });
  const broken = await put('v1', '{"schemaVersion":2,"layers":7}');
  assert.deepEqual([broken.status, await errorOf(broken)], [400, 'MANIFEST_INVALID']);
  const large = await put('v1', 'x'.repeat((4 << 20) + 1));
  assert.equal(large.status, 413);
  const named = await pushManifest(registry, 'app', digestOf('something else'));
  assert.deepEqual([named.answer.status, await errorOf(named.answer)], [400, 'DIGEST_INVALID']);
  const shaped = await put('sha256:totallywrong', '{}');
  assert.equal(shaped.status, 400);
});

test('a tag moves by compare-and-swap when If-Match or If-None-Match is sent', async (t) => {
  const registry = await startTestRegistry(t);
  const first = await pushManifest(registry, 'app', 'v1', {}, { 'If-None-Match': '*' });
  assert.equal(first.answer.status, 201);
  const annotations = { annotations: { a: 'b' } };
  const again = await pushManifest(registry, 'app', 'v1', annotations, { 'If-None-Match': '*' });
  assert.equal(again.answer.status, 412);
  const moved = await pushManifest(registry, 'app', 'v1', annotations, { 'If-Match': `"${first.digest}"` });
  assert.equal(moved.answer.status, 201);
});

test('a blob is served whole, in ranges, and not to repositories that lack it', async (t) => {
  const registry = await startTestRegistry(t);
  const digest = await pushBlob(registry, 'app', '0123456789');
  const url = `${registry.url}/v2/app/blobs/${digest}`;
  const whole = await fetch(url);
  assert.equal(await whole.text(), '0123456789');
  const part = await fetch(url, { headers: { Range: 'bytes=2-4' } });
  assert.deepEqual([part.status, await part.text(), part.headers.get('content-range')], [206, '234', 'bytes 2-4/10']);
  const past = await fetch(url, { headers: { Range: 'bytes=500-' } });
  assert.deepEqual([past.status, past.headers.get('content-range')], [416, 'bytes */10']);
  const head = await fetch(url, { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '10');
  assert.equal((await fetch(`${registry.url}/v2/other/blobs/${digest}`)).status, 404);
});

test('an upload in chunks refuses one that is out of order and says where it is', async (t) => {
  const registry = await startTestRegistry(t);
  const location = await begin(registry, 'app');
  const chunk = (range: string, body: string): Promise<Response> =>
    fetch(location, { method: 'PATCH', headers: { ...octets, 'Content-Range': range }, body });
  assert.equal((await chunk('0-3', 'abcd')).status, 202);
  const wrong = await chunk('6-7', 'gh');
  assert.deepEqual([wrong.status, wrong.headers.get('range')], [416, '0-3']);
  const status = await fetch(location);
  assert.deepEqual([status.status, status.headers.get('range')], [204, '0-3']);
  const last = await fetch(`${location}?digest=${digestOf('abcdef')}`, {
    method: 'PUT',
    headers: { ...octets, 'Content-Range': '4-5' },
    body: 'ef',
  });
  assert.equal(last.status, 201);
  assert.equal((await fetch(location)).status, 404);
});

test('an upload with a wrong digest stores nothing', async (t) => {
  const registry = await startTestRegistry(t);
  const location = await begin(registry, 'app');
  const digest = digestOf('right');
  const answer = await fetch(`${location}?digest=${digest}`, { method: 'PUT', headers: octets, body: 'wrong' });
  assert.deepEqual([answer.status, await errorOf(answer)], [400, 'DIGEST_INVALID']);
  assert.equal((await fetch(`${registry.url}/v2/app/blobs/${digest}`)).status, 404);
  assert.equal(await registry.content.stat(digest), undefined);
});

test('an upload can be cancelled, and belongs to its repository', async (t) => {
  const registry = await startTestRegistry(t);
  const location = await begin(registry, 'app');
  assert.equal((await fetch(location.replace('/app/', '/other/'))).status, 404);
  assert.equal((await fetch(location, { method: 'DELETE' })).status, 204);
  assert.equal((await fetch(location, { method: 'PATCH', headers: octets, body: 'x' })).status, 404);
});

test('an upload survives a cut connection and a restart of the server', async (t) => {
  const folder = await temporaryFolder(t);
  const location = await withRegistry(t, folder, async (registry) => {
    const location = await begin(registry, 'app');
    const outgoing = request(location, { method: 'PATCH', headers: { ...octets, 'Content-Length': '1000000' } });
    outgoing.on('error', () => {});
    outgoing.write('abcdef');
    await new Promise((resolve) => setTimeout(resolve, 100));
    outgoing.destroy();
    await new Promise((resolve) => outgoing.once('close', resolve));
    return new URL(location).pathname;
  });
  await withRegistry(t, folder, async (registry) => {
    const status = await fetch(registry.url + location);
    assert.equal(status.status, 204);
    assert.equal(status.headers.get('range'), '0-5');
    const done = await fetch(`${registry.url}${location}?digest=${digestOf('abcdefgh')}`, {
      method: 'PUT',
      headers: octets,
      body: 'gh',
    });
    assert.equal(done.status, 201);
  });
});

async function withRegistry<T>(
  t: TestContext,
  folder: string,
  work: (registry: TestRegistry) => Promise<T>,
): Promise<T> {
  let result: T | undefined;
  await t.test('a run of the server', async (inner) => {
    result = await work(await startTestRegistry(inner as TestContext, { folder }));
  });
  return result as T;
}

test('a blob is mounted from a named repository, or from any that has it', async (t) => {
  const registry = await startTestRegistry(t);
  const digest = await pushBlob(registry, 'base', 'shared');
  const mount = (name: string, query: string): Promise<Response> =>
    fetch(`${registry.url}/v2/${name}/blobs/uploads/?mount=${digest}${query}`, { method: 'POST' });
  assert.equal((await mount('app', '&from=base')).status, 201);
  assert.equal((await mount('web', '')).status, 201);
  assert.equal((await mount('web2', '&from=nowhere')).status, 202);
  assert.equal(await (await fetch(`${registry.url}/v2/web/blobs/${digest}`)).text(), 'shared');
});

test('tags are listed in pages; n=0 gives none; an unknown repository is an error', async (t) => {
  const registry = await startTestRegistry(t);
  for (const tag of ['b', 'a', 'C']) await pushManifest(registry, 'app', tag);
  const list = async (query: string): Promise<[string[], string | null]> => {
    const answer = await fetch(`${registry.url}/v2/app/tags/list${query}`);
    return [((await answer.json()) as { tags: string[] }).tags, answer.headers.get('link')];
  };
  assert.deepEqual(await list(''), [['C', 'a', 'b'], null]);
  assert.deepEqual(await list('?n=2'), [['C', 'a'], '</v2/app/tags/list?n=2&last=a>; rel="next"']);
  assert.deepEqual(await list('?n=2&last=a'), [['b'], null]);
  assert.deepEqual(await list('?last=C'), [['a', 'b'], null]);
  assert.deepEqual(await list('?n=0'), [[], null]);
  const unknown = await fetch(`${registry.url}/v2/nothing/tags/list`);
  assert.deepEqual([unknown.status, await errorOf(unknown)], [404, 'NAME_UNKNOWN']);
  const catalog = (await (await fetch(`${registry.url}/v2/_catalog`)).json()) as { repositories: string[] };
  assert.deepEqual(catalog.repositories, ['app']);
});

test('deleting a tag keeps the manifest; deleting the manifest takes its tags', async (t) => {
  const registry = await startTestRegistry(t);
  const { digest } = await pushManifest(registry, 'app', 'v1');
  await pushManifest(registry, 'app', 'v2');
  const remove = async (reference: string): Promise<number> =>
    (await fetch(`${registry.url}/v2/app/manifests/${reference}`, { method: 'DELETE' })).status;
  assert.equal(await remove('v1'), 202);
  assert.equal(await remove('v1'), 404);
  assert.equal((await fetch(`${registry.url}/v2/app/manifests/${digest}`)).status, 200);
  assert.equal(await remove(digest), 202);
  assert.equal((await fetch(`${registry.url}/v2/app/manifests/v2`)).status, 404);
});

test('referrers are listed with artifactType and annotations, and for unknown subjects as an empty index', async (t) => {
  const registry = await startTestRegistry(t);
  const { digest } = await pushManifest(registry, 'app', 'v1');
  const referrer = await pushManifest(registry, 'app', undefined, {
    artifactType: 'application/example',
    annotations: { a: 'b' },
    subject: { mediaType: mediaTypes.ociManifest, digest, size: 10 },
  });
  assert.equal(referrer.answer.headers.get('oci-subject'), digest);
  const list = async (url: string): Promise<{ manifests: object[] }> => {
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), mediaTypes.ociIndex);
    return (await answer.json()) as { manifests: object[] };
  };
  const { manifests } = await list(`${registry.url}/v2/app/referrers/${digest}`);
  assert.equal(manifests.length, 1);
  assert.partialDeepStrictEqual(manifests[0], {
    digest: referrer.digest,
    artifactType: 'application/example',
    annotations: { a: 'b' },
  });
  assert.equal((await list(`${registry.url}/v2/app/referrers/${digest}?artifactType=other`)).manifests.length, 0);
  assert.equal((await list(`${registry.url}/v2/none/referrers/${digestOf('x')}`)).manifests.length, 0);
  assert.equal((await fetch(`${registry.url}/v2/app/referrers/sha256:0000`)).status, 400);
});

test('unknown paths, names and methods get protocol errors', async (t) => {
  const registry = await startTestRegistry(t);
  assert.equal((await fetch(`${registry.url}/v2/`)).status, 200);
  assert.equal((await fetch(`${registry.url}/nothing`)).status, 404);
  assert.equal((await fetch(`${registry.url}/v2/UPPER/tags/list`)).status, 400);
  assert.equal((await fetch(`${registry.url}/v2/app/tags/list`, { method: 'POST' })).status, 405);
});
