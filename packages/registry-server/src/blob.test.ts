import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { openS3Store } from '@lading/store/s3';
import { findS3Server, runS3Server, s3ServerReason, skipUnless } from '@lading/testkit';
import { type Access, openAccess } from './access/access.ts';
import { octets, pushBlob } from './testing/push.ts';
import { startTestRegistry } from './testing/test-registry.ts';

/** Everybody may push everywhere, and pull from repositories whose name does not begin with `secret`. */
const keepsSecrets: Access = {
  ...openAccess,
  may: (_, action, repository) => action === 'push' || !repository.startsWith('secret'),
};

test('ranges: a suffix, several at once, If-Range, and HEAD, which has none', async (t) => {
  const registry = await startTestRegistry(t);
  const digest = await pushBlob(registry, 'app', '0123456789');
  const url = `${registry.url}/v2/app/blobs/${digest}`;
  const get = async (headers: Record<string, string>, method = 'GET'): Promise<[number, string, string | null]> => {
    const answer = await fetch(url, { method, headers });
    return [answer.status, await answer.text(), answer.headers.get('content-range')];
  };
  assert.deepEqual(await get({ Range: 'bytes=-3' }), [206, '789', 'bytes 7-9/10']);
  assert.deepEqual(await get({ Range: 'bytes=-500' }), [206, '0123456789', 'bytes 0-9/10']);
  assert.deepEqual(await get({ Range: 'bytes=0-1,4-5' }), [200, '0123456789', null]);
  assert.deepEqual(await get({ Range: 'bytes=2-3', 'If-Range': `"${digest}"` }), [206, '23', 'bytes 2-3/10']);
  assert.deepEqual(await get({ Range: 'bytes=2-3', 'If-Range': `"${digestOf('other')}"` }), [200, '0123456789', null]);
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
  assert.deepEqual(await get({ Range: 'bytes=2-3', 'If-Range': date }), [200, '0123456789', null]);
  assert.deepEqual(await get({ Range: 'bytes=2-3' }, 'HEAD'), [200, '', null]);
  assert.equal((await get({ Range: 'bytes=99999999999999999999-' }))[0], 416);
});

test('a blob is never encoded on its way, whatever the client accepts', async (t) => {
  const registry = await startTestRegistry(t);
  const content = 'a'.repeat(100_000);
  const digest = await pushBlob(registry, 'app', content);
  const answer = await fetch(`${registry.url}/v2/app/blobs/${digest}?ns=registry.example.org`, {
    headers: { 'Accept-Encoding': 'zstd, gzip;q=1.0' },
  });
  assert.deepEqual([answer.headers.get('content-encoding'), answer.headers.get('content-length')], [null, '100000']);
  assert.equal(await answer.text(), content);
});

test('a mount takes only from repositories that the caller may pull from, and else begins an upload like any other', async (t) => {
  const registry = await startTestRegistry(t, { access: keepsSecrets });
  const secret = await pushBlob(registry, 'secret/one', 'secret');
  const both = await pushBlob(registry, 'secret/one', 'both');
  await pushBlob(registry, 'base', 'both');
  const mount = async (digest: string, from = ''): Promise<number> =>
    (await fetch(`${registry.url}/v2/app/blobs/uploads/?mount=${digest}${from}`, { method: 'POST' })).status;
  assert.equal(await mount(secret), 202);
  assert.equal(await mount(secret, '&from=secret/one'), 202);
  assert.equal(await mount(both, '&from=secret/one'), 202);
  assert.equal(await mount(both, '&from=base%00'), 202);
  assert.equal((await fetch(`${registry.url}/v2/app/blobs/${secret}`)).status, 404);
  assert.equal(await mount(both), 201);
  const large = await pushBlob(registry, 'base', 'sha512 too', 'sha512');
  assert.equal(await mount(large, '&from=base'), 201);
});

test('with redirects a GET goes to the bucket, whole or in ranges; a HEAD and whatever lies in a folder do not', async (t) => {
  const program = findS3Server();
  if (!skipUnless(t, program !== undefined, s3ServerReason) || program === undefined) return;
  const server = await runS3Server(program);
  t.after(() => server.stop());
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey: new Secret(secretAccessKey) };
  const content = await openS3Store({ endpoint, region, bucket, credentials });
  t.after(() => content.close());
  const registry = await startTestRegistry(t, { content, redirects: true });
  const begun = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: 'POST' });
  assert.equal(begun.headers.get('oci-chunk-min-length'), String(8 << 20));
  const digest = await pushBlob(registry, 'app', '0123456789');
  const url = `${registry.url}/v2/app/blobs/${digest}`;
  const told = await fetch(url, { redirect: 'manual' });
  assert.deepEqual([told.status, told.headers.get('docker-content-digest')], [307, digest]);
  assert.ok(told.headers.get('location')?.startsWith(server.endpoint));
  assert.equal(await (await fetch(url)).text(), '0123456789');
  const part = await fetch(url, { headers: { Range: 'bytes=2-4' } });
  assert.deepEqual([part.status, await part.text()], [206, '234']);
  const head = await fetch(url, { method: 'HEAD', redirect: 'manual' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '10']);
  assert.equal((await fetch(`${registry.url}/v2/other/blobs/${digest}`, { redirect: 'manual' })).status, 404);

  const local = await startTestRegistry(t, { redirects: true });
  await pushBlob(local, 'app', '0123456789');
  assert.equal((await fetch(`${local.url}/v2/app/blobs/${digest}`, { redirect: 'manual' })).status, 200);
});

test('an upload by sha512 goes on at a location with more in its query, and with a slash at its end', async (t) => {
  const registry = await startTestRegistry(t);
  const unknown = await fetch(`${registry.url}/v2/app/blobs/uploads/?digest-algorithm=md5`, { method: 'POST' });
  assert.equal(unknown.status, 400);
  const begun = await fetch(`${registry.url}/v2/app/blobs/uploads?digest-algorithm=sha512`, { method: 'POST' });
  const location = `${registry.url}${begun.headers.get('location')}/?_state=abc&ns=x`;
  const sent = await fetch(location, { method: 'PATCH', headers: octets, body: 'abc' });
  assert.deepEqual([sent.status, sent.headers.get('range')], [202, '0-2']);
  const digest = digestOf('abc', 'sha512');
  const done = await fetch(`${location}&digest=${encodeURIComponent(digest)}`, { method: 'PUT' });
  assert.deepEqual([done.status, done.headers.get('docker-content-digest')], [201, digest]);
});
