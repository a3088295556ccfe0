import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { LadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { createMemoryStore } from '@lading/store';
import type { AccessEntry } from './operations/access-log.ts';
import { createMetrics } from './operations/metrics.ts';
import { trustedProxies } from './operations/trusted-proxies.ts';
import type { RegistryServerOptions } from './registry-server.ts';
import { startTestRegistry } from './testing/test-registry.ts';

/** A registry that keeps a log, with one blob in team/app. */
async function logged(t: TestContext, options: Partial<RegistryServerOptions> = {}) {
  const entries: AccessEntry[] = [];
  const metrics = createMetrics();
  const onRequest = (entry: AccessEntry): void => void entries.push(entry);
  const registry = await startTestRegistry(t, { metrics, onRequest, ...options });
  const layer = Buffer.alloc(8 << 20, 'layer');
  const digest = digestOf(layer);
  const url = `${registry.url}/v2/team/app/blobs/uploads/?digest=${digest}`;
  const pushed = await fetch(url, { method: 'POST', body: layer });
  assert.equal(pushed.status, 201);
  const entry = async (count: number): Promise<AccessEntry> => {
    while (entries.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    return entries[count - 1] as AccessEntry;
  };
  return { ...registry, metrics, entries, entry, digest, layer, pushed };
}

test('a line of the log says what was asked for, by whom, and what came of it', async (t) => {
  const { url, entry, digest, layer } = await logged(t);
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const answer = await fetch(`${url}/v2/team/app/blobs/${digest}?token=secret`, {
    headers: {
      'user-agent': 'tester/1',
      'x-request-id': 'proxy-7',
      'x-forwarded-for': '203.0.113.9',
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    },
  });
  await answer.arrayBuffer();
  assert.equal(answer.headers.get('x-request-id'), 'proxy-7');
  const { durationMs, ...line } = await entry(2);
  assert.ok(durationMs > 0);
  assert.deepEqual(line, {
    method: 'GET',
    path: `/v2/team/app/blobs/${digest}`,
    route: 'blob',
    repository: 'team/app',
    digest,
    status: 200,
    bytes: layer.length,
    identity: 'anonymous',
    // Nobody trusts the one who forwarded it.
    client: '127.0.0.1',
    agent: 'tester/1',
    requestId: 'proxy-7',
    traceId,
  });
});

test('behind trusted proxies the client is who they say, and locations are those that it sees', async (t) => {
  const proxies = trustedProxies(['127.0.0.1', '10.0.0.0/8']);
  assert.ok('isTrustedProxy' in proxies);
  const { url, entry, pushed } = await logged(t, { origin: proxies, absoluteLocations: true });
  assert.match(pushed.headers.get('location') ?? '', new RegExp(`^${url}/v2/team/app/blobs/sha256:`));
  const answer = await fetch(`${url}/v2/team/app/blobs/uploads/`, {
    method: 'POST',
    headers: {
      'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.1.1.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'registry.example.org',
    },
  });
  assert.match(
    answer.headers.get('location') ?? '',
    /^https:\/\/registry\.example\.org\/v2\/team\/app\/blobs\/uploads\//,
  );
  // The last that no trusted proxy vouches for is whom the client itself named: not believed.
  assert.equal((await entry(2)).client, '203.0.113.9');
});

test('locations are paths unless told, which are right behind every proxy', async (t) => {
  const { pushed } = await logged(t);
  assert.match(pushed.headers.get('location') ?? '', /^\/v2\/team\/app\/blobs\/sha256:/);
});

test('a client that goes away is no failure of the registry', async (t) => {
  const { host, entry, digest, metrics, layer } = await logged(t);
  const [, port] = host.split(':');
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`GET /v2/team/app/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  const { error, bytes, status } = await entry(2);
  assert.equal(status, 200);
  assert.ok(error !== undefined && bytes < layer.length, `${error}, ${bytes}`);
  const text = await metrics.text();
  assert.match(text, /^lading_http_requests_abandoned_total\{route="blob"\} 1$/m);
  assert.doesNotMatch(text, /code="5/);
});

test('requests, bytes, uploads and pulls are counted under bounded names', async (t) => {
  const { url, entry, digest, metrics, stop, layer } = await logged(t);
  for (const path of [`team/app/blobs/${digest}`, `team/app/blobs/${digestOf('no')}`, 'team/app/tags/list']) {
    await (await fetch(`${url}/v2/${path}`)).arrayBuffer();
  }
  await entry(4);
  await stop();
  const text = await metrics.text();
  for (const line of [
    'lading_http_requests_total{method="POST",route="uploads",code="201"} 1',
    'lading_http_requests_total{method="GET",route="blob",code="200"} 1',
    'lading_http_requests_total{method="GET",route="blob",code="404"} 1',
    'lading_http_request_duration_seconds_count{method="GET",route="blob"} 2',
    'lading_uploads_total{outcome="committed"} 1',
    'lading_pull_sessions_total{outcome="success"} 1',
    'lading_pull_sessions_total{outcome="failure"} 0',
    'lading_pull_session_duration_seconds_count 1',
    'lading_http_requests_running 0',
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line} is not in\n${text}`);
  }
  assert.ok(Number(/lading_http_response_bytes_total\{route="blob"\} (\d+)/.exec(text)?.[1]) >= layer.length);
  assert.doesNotMatch(text, /team\/app/);
});

test('a storage that fails is a failed pull, and the registry is not ready', async (t) => {
  const broken = createMemoryStore();
  const fail = async (): Promise<never> => {
    throw new LadingError('STORE_UNREACHABLE', 'Cannot reach the bucket');
  };
  const content = Object.assign(Object.create(broken), { stat: fail, open: fail });
  const { url, catalog } = await startTestRegistry(t, { content });
  await catalog.linkBlob('team/app', digestOf('x'), 1);
  assert.equal((await fetch(`${url}/v2/team/app/blobs/${digestOf('x')}`)).status, 502);
  const ready = await fetch(`${url}/readyz`);
  assert.equal(ready.status, 503);
  assert.deepEqual(await ready.json(), {
    status: 'failing',
    checks: { database: 'ok', storage: 'STORE_UNREACHABLE' },
  });
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
});

test('a registry that drains says so, and closes connections after their answers', async (t) => {
  const { createRegistryServer } = await import('./registry-server.ts');
  const { catalog, content } = await startTestRegistry(t);
  const server = createRegistryServer({ content, catalog });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const operations = await server.listenOperations({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close(0));
  const ready = async (at: number): Promise<number> => (await fetch(`http://127.0.0.1:${at}/readyz`)).status;
  assert.deepEqual([await ready(port), await ready(operations.port)], [200, 200]);
  assert.equal((await fetch(`http://127.0.0.1:${operations.port}/v2/`)).status, 404);
  assert.equal((await fetch(`http://127.0.0.1:${operations.port}/metrics`)).status, 200);
  server.drain();
  const sent = request({ host: '127.0.0.1', port, path: '/v2/' });
  sent.end();
  const [response] = await once(sent, 'response');
  response.resume();
  assert.deepEqual([response.statusCode, response.headers.connection], [200, 'close']);
  assert.deepEqual([await ready(port), await ready(operations.port)], [503, 503]);
  assert.equal(await server.close(1000), true);
});
