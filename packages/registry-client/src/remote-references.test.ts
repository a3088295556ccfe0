import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { digestOf, mediaTypes } from '@lading/oci';
import { put } from '@lading/store';
import { startHttpServer } from '@lading/testkit';
import { anonymous, openRegistry } from './index.ts';
import { blob, code, faulty } from './testing/faulty-registry.ts';

test('pages are followed wherever Link leads on the registry, and circles end', async (t) => {
  const list = (tags: string[], link?: string) => (_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(200, link === undefined ? {} : { link: `<${link}>; rel="next"` }).end(JSON.stringify({ tags }));
  const { repository, asked } = await faulty(t, [
    list(['a', 'b'], '/v2/app/tags/list?n=2&last=b'),
    list(['c', 'd'], 'list?n=2&last=d'),
    list([]),
  ]);
  assert.deepEqual(await Array.fromAsync(repository.references.tags()), ['a', 'b', 'c', 'd']);
  assert.deepEqual(asked(), [
    'GET /v2/app/tags/list?n=1000',
    'GET /v2/app/tags/list?n=2&last=b',
    'GET /v2/app/tags/list?n=2&last=d',
  ]);
  const circle = await faulty(t, [list(['a'], '/v2/app/tags/list?last=a')]);
  await assert.rejects(Array.fromAsync(circle.repository.references.tags()), /circle/);
  const none = await faulty(t, [(_, response) => response.end('{"name":"app","tags":null}')]);
  assert.deepEqual(await Array.fromAsync(none.repository.references.tags()), []);
  const page = await faulty(t, [(_, response) => response.end('<html>')]);
  await assert.rejects(Array.fromAsync(page.repository.references.tags()), code('REGISTRY_RESPONSE'));
});

test('a manifest with headers left out is read to describe it', async (t) => {
  const { repository } = await faulty(t, [
    (request, response): void => {
      response.writeHead(200, { 'content-type': mediaTypes.ociManifest });
      response.end(request.method === 'HEAD' ? undefined : 'abc');
    },
  ]);
  assert.deepEqual(await repository.references.resolve('latest'), { ...blob, mediaType: mediaTypes.ociManifest });
});

test('tag() sends what it expects, and believes a registry that says otherwise', async (t) => {
  const manifest = { ...blob, mediaType: mediaTypes.ociManifest };
  const { repository, server } = await faulty(t, [
    (request, response): unknown => {
      if (request.method === 'PUT') return response.writeHead(request.url?.endsWith('/latest') ? 412 : 201).end();
      if (request.url?.endsWith('/latest')) return response.writeHead(404).end();
      return response.writeHead(200, { 'content-type': manifest.mediaType }).end('abc');
    },
  ]);
  assert.deepEqual(await repository.references.tag('latest', manifest, { expected: null }), { tagged: false });
  assert.equal(server.seen.find(({ method }) => method === 'PUT')?.headers['if-none-match'], '*');
});

test('a registry with the Referrers API: pages, and a filter that the registry ignores', async (t) => {
  const entry = (text: string, artifactType: string) => ({ ...blob, digest: digestOf(text), artifactType });
  const page = (manifests: object[], link?: string) => (_: IncomingMessage, response: ServerResponse) =>
    response
      .writeHead(200, { 'content-type': mediaTypes.ociIndex, ...(link ? { link: `<${link}>; rel="next"` } : {}) })
      .end(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  const { repository, asked } = await faulty(t, [
    page([entry('1', 'a'), entry('2', 'b')], '?page=2'),
    page([entry('3', 'a')]),
  ]);
  const found = await Array.fromAsync(repository.references.referrers(blob.digest, { artifactType: 'a' }));
  assert.deepEqual(found, [entry('1', 'a'), entry('3', 'a')]);
  assert.deepEqual(asked(), [
    `GET /v2/app/referrers/${blob.digest}?artifactType=a`,
    `GET /v2/app/referrers/${blob.digest}?page=2`,
  ]);
});

test('a manifest with a subject leaves no tag behind where the registry lists referrers itself', async (t) => {
  const { repository, asked } = await faulty(t, [
    async (request, response): Promise<void> => {
      for await (const _ of request);
      response.writeHead(201, { 'oci-subject': blob.digest }).end();
    },
  ]);
  const config = { ...blob, mediaType: mediaTypes.ociEmpty };
  const value = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [blob], subject: blob };
  await put(repository.content, Buffer.from(JSON.stringify(value)), { mediaType: mediaTypes.ociManifest });
  assert.equal(asked().length, 1);
});

test('clients that attach at once lose no referrer where the registry heeds If-Match', async (t) => {
  const manifests = new Map<string, Buffer>();
  const server = await startHttpServer(t, async (request, response): Promise<unknown> => {
    const reference = /^\/v2\/app\/manifests\/(.*)$/.exec(request.url ?? '')?.[1];
    if (reference === undefined) return response.writeHead(request.url === '/v2/' ? 200 : 404).end('{}');
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const current = manifests.get(reference);
    const tag = current && `"${digestOf(current)}"`;
    if (request.method !== 'PUT') {
      if (current === undefined) return response.writeHead(404).end('{}');
      return response.writeHead(200, { 'content-type': mediaTypes.ociIndex }).end(current);
    }
    const { 'if-match': match, 'if-none-match': none } = request.headers;
    if ((none === '*' && tag !== undefined) || (match !== undefined && match !== tag))
      return response.writeHead(412).end();
    manifests.set(reference, Buffer.concat(parts));
    return response.writeHead(201).end();
  });
  const clients = [1, 2, 3].map(() => openRegistry({ registry: server.host, credentials: anonymous }));
  t.after(() => Promise.all(clients.map((client) => client.close())));
  const attach = async (mark: string, index: number): Promise<void> => {
    const value = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [],
      subject: blob,
      annotations: { mark },
    };
    const { content } = clients[index]!.repository('app');
    await put(content, Buffer.from(JSON.stringify(value)), { mediaType: mediaTypes.ociIndex });
  };
  await Promise.all([0, 1, 2].flatMap((index) => ['a', 'b', 'c'].map((mark) => attach(`${mark}${index}`, index))));
  const found = await Array.fromAsync(clients[0]!.repository('app').references.referrers(blob.digest));
  assert.equal(found.length, 9);
});
