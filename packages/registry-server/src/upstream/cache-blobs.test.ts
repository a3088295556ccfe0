import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { mixedBytes, temporaryFolder } from '@lading/testkit';
import { config, type Fault, pull, startCache, startFaultyUpstream } from '../testing/faulty-upstream.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import { createUpstreams } from './create-upstreams.ts';

test('the first bytes of a blob arrive while the rest is still at the upstream; many clients share one fetch, and ranges are served from it', async (t) => {
  const layer = mixedBytes(3 << 20);
  const upstream = await startFaultyUpstream(t, layer);
  const cache = await startCache(t, upstream.server.host);
  await pull(cache.url, 'hub/app/manifests/v1');
  const rest = Promise.withResolvers<void>();
  upstream.fault = (request, response) => {
    if (request.method !== 'GET' || !request.url?.endsWith(upstream.layer)) return false;
    response.writeHead(200, { 'content-length': layer.length });
    response.write(layer.subarray(0, 1 << 20));
    return rest.promise.then(() => response.end(layer.subarray(1 << 20)));
  };
  const url = `${cache.url}/v2/hub/app/blobs/${upstream.layer}`;
  const clients = Array.from({ length: 20 }, async () => {
    const answer = await fetch(url);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const chunks: Uint8Array[] = [];
    for (let size = 0; size < 512 << 10; ) {
      const { value } = await reader.read();
      chunks.push(value as Uint8Array);
      size += (value as Uint8Array).length;
    }
    return { reader, chunks };
  });
  const early = await Promise.all(clients);
  const range = await fetch(url, { headers: { range: 'bytes=1000-1999' } });
  assert.equal(range.status, 206);
  assert.deepEqual(Buffer.from(await range.arrayBuffer()), layer.subarray(1000, 2000));
  assert.equal(await cache.catalog.blob('hub/app', upstream.layer as never), undefined);
  const late = fetch(url, { headers: { range: 'bytes=-100' } });
  rest.resolve();
  for (const { reader, chunks } of early) {
    for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
    assert.equal(digestOf(Buffer.concat(chunks)), upstream.layer);
  }
  assert.deepEqual(Buffer.from(await (await late).arrayBuffer()), layer.subarray(-100));
  assert.equal(upstream.count('GET', /\/blobs\//), 1);
  assert.equal(await cache.catalog.blob('hub/app', upstream.layer as never), layer.length);
});

test('a client that reads nothing does not hold up the fetch', async (t) => {
  const layer = mixedBytes(12 << 20);
  const upstream = await startFaultyUpstream(t, layer);
  const cache = await startCache(t, upstream.server.host);
  await pull(cache.url, 'hub/app/manifests/v1');
  const url = `${cache.url}/v2/hub/app/blobs/${upstream.layer}`;
  const stuck = get(url);
  t.after(() => stuck.destroy());
  await new Promise((resolve) => stuck.on('response', resolve));
  assert.equal(digestOf((await pull(cache.url, `hub/app/blobs/${upstream.layer}`)).body), upstream.layer);
  assert.equal(await cache.catalog.blob('hub/app', upstream.layer as never), layer.length);
});

test('what is wrong or cut off is never whole for a client, and never becomes part of the repository', async (t) => {
  const layer = mixedBytes(2 << 20);
  const upstream = await startFaultyUpstream(t, layer);
  const cache = await startCache(t, upstream.server.host);
  await pull(cache.url, 'hub/app/manifests/v1');
  const wrong = Buffer.from(layer).fill(0, layer.length - 10);
  const faults: Fault[] = [
    (_, response) => response.writeHead(200, { 'content-length': wrong.length }).end(wrong),
    (_, response) =>
      response.writeHead(200, { 'content-length': layer.length + 5 }).end(Buffer.concat([layer, layer.subarray(0, 5)])),
    (_, response) => response.writeHead(200, { 'content-length': layer.length - 5 }).end(layer.subarray(5)),
    (_, response) => {
      response.writeHead(200, { 'content-length': layer.length });
      response.write(layer.subarray(0, 1000));
      setTimeout(() => response.destroy(), 20);
    },
  ];
  for (const fault of faults) {
    upstream.fault = (request, response) => (request.url?.includes('/blobs/') ? fault(request, response) : false);
    await assert.rejects(pull(cache.url, `hub/app/blobs/${upstream.layer}`));
    assert.equal(await cache.catalog.blob('hub/app', upstream.layer as never), undefined);
    assert.equal(await cache.content.stat(upstream.layer as never), undefined);
  }
  upstream.fault = undefined;
  assert.equal((await pull(cache.url, `hub/app/blobs/${upstream.layer}`)).status, 200);
});

test('a blob for which there is no place to keep it is not asked for', async (t) => {
  const upstream = await startFaultyUpstream(t, Buffer.from('layer'));
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'incoming'), 'no folder');
  const cache = await startTestRegistry(t, {
    folder,
    upstreams: (parts) => createUpstreams(parts, [config(upstream.server.host)]),
  });
  assert.equal((await pull(cache.url, `hub/app/blobs/${upstream.layer}`)).status, 500);
  assert.equal(upstream.count('GET', /\/blobs\//), 0);
});
