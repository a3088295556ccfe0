import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isLadingError, Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { get, put } from '@lading/store';
import { startHttpServer } from '@lading/testkit';
import { anonymous } from './credentials/credentials.ts';
import { openRegistry, type Registry, type RegistryOptions } from './registry.ts';
import { certificates } from './testing/certificates.ts';
import { startHttpsServer, startProxy } from './testing/servers.ts';

function open(t: TestContext, options: RegistryOptions): Registry {
  const registry = openRegistry({ credentials: anonymous, retries: { attempts: 1 }, ...options });
  t.after(() => registry.close());
  return registry;
}

test('proxy: https goes through a tunnel, plain http is forwarded, NO_PROXY goes around', async (t) => {
  const made = await certificates(t);
  if (made === undefined) return;
  const { certificate: cert, key } = made.server;
  const secure = await startHttpsServer(t, { cert, key }, (request, response) => {
    assert.equal(request.headers['proxy-authorization'], undefined);
    response.end('{}');
  });
  const plain = await startHttpServer(t, (_, response) => response.end('{}'));
  const proxy = await startProxy(t, 'me:p@ss');
  const env = { HTTPS_PROXY: `http://me:p%40ss@${proxy.host}`, HTTP_PROXY: `http://me:p%40ss@${proxy.host}` };

  await open(t, { registry: `registry.test:${secure.port}`, tls: { ca: made.authority }, env }).ping();
  await open(t, { registry: `registry.test:${plain.port}`, plainHttp: true, env }).ping();
  assert.deepEqual(
    proxy.seen.map(({ method, target }) => [method, target]),
    [
      ['CONNECT', `registry.test:${secure.port}`],
      ['GET', `http://registry.test:${plain.port}/v2/`],
    ],
  );
  await open(t, { registry: plain.host, env }).ping();
  assert.equal(proxy.seen.length, 2, 'this machine is reached directly');
  const around = { ...env, NO_PROXY: '.test' };
  await assert.rejects(open(t, { registry: `registry.test:${plain.port}`, plainHttp: true, env: around }).ping());
  assert.equal(proxy.seen.length, 2);
});

test('proxy: its password is in no error', async (t) => {
  const proxy = await startProxy(t, 'me:right');
  const env = { HTTPS_PROXY: `http://me:wrong-secret@${proxy.host}` };
  await assert.rejects(open(t, { registry: 'registry.test', env }).ping(), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_UNREACHABLE'));
    assert.match(error.message, /proxy 127\.0\.0\.1:\d+ answered HTTP 407/);
    assert.doesNotMatch(`${JSON.stringify(error)}${error.stack}${String(error.cause)}`, /wrong-secret|bWU6/);
    return true;
  });
});

test('private addresses are refused for registries, redirects, token servers and upload locations', async (t) => {
  const inside = await startHttpServer(t, (_, response) => response.end('inside'));
  const secretly = `http://${inside.host}/latest/meta-data`;
  const registry = await startHttpServer(t, async (request, response): Promise<unknown> => {
    for await (const _ of request);
    if (request.url?.includes('/closed/') && request.headers.authorization === undefined) {
      return response.writeHead(401, { 'www-authenticate': `Bearer realm="${secretly}",service="x"` }).end();
    }
    if (request.method === 'POST') return response.writeHead(202, { location: secretly }).end();
    if (request.url === '/v2/') return response.end('{}');
    return response.writeHead(307, { location: secretly }).end();
  });
  const denied = (error: unknown): boolean => {
    assert.ok(isLadingError(error, 'ADDRESS_DENIED'), String(error));
    assert.equal(error.kind, 'denied');
    return true;
  };
  const denyPrivate = true;
  await assert.rejects(open(t, { registry: registry.host, addresses: { denyPrivate } }).ping(), denied);
  const byName = registry.host.replace('127.0.0.1', 'localhost');
  await assert.rejects(open(t, { registry: byName, addresses: { denyPrivate } }).ping(), denied);

  const options = { registry: registry.host, addresses: { denyPrivate, allow: [registry.host] } };
  const allowed = open(t, { ...options, credentials: { username: 'me', password: new Secret('secret') } });
  await allowed.ping();
  const { content } = allowed.repository('app');
  const descriptor = { mediaType: 'application/octet-stream', digest: digestOf('inside'), size: 6 };
  await assert.rejects(get(content, descriptor, { maxBytes: 10 }), denied);
  await assert.rejects(put(content, Buffer.from('inside'), descriptor), denied);
  await assert.rejects(get(allowed.repository('closed').content, descriptor, { maxBytes: 10 }), denied);
  assert.deepEqual(inside.seen, []);
});
