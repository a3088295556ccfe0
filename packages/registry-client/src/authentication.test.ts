import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError, Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { get, put } from '@lading/store';
import {
  findProgram,
  runProgram,
  skipUnless,
  startDockerRegistry,
  startHttpServer,
  startTokenServer,
  temporaryFolder,
} from '@lading/testkit';
import { anonymous, type Credentials, openRegistry, type Registry, type RegistryOptions } from './index.ts';

const mediaType = 'application/octet-stream';
const user = (username: string, password: string): Credentials => ({ username, password: new Secret(password) });

function open(t: TestContext, options: RegistryOptions): Registry {
  const registry = openRegistry({ retries: { pauseMs: 1 }, ...options });
  t.after(() => registry.close());
  return registry;
}

const code =
  (...wanted: Parameters<typeof isLadingError>[1][]) =>
  (error: unknown): boolean => {
    assert.ok(isLadingError(error, ...wanted), String(error));
    return true;
  };

function answerJson(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

test('a registry with htpasswd takes the right password, whatever its characters, and refuses others', async (t) => {
  const hash = '$2b$04$abcdefghijklmnopqrstuueDDCxYY85plIyJGJF9lMJKGOn5gifq6';
  const server = await startDockerRegistry(t, { auth: { htpasswd: `tester:${hash}\n` } });
  if (server === undefined) return;
  const content = Buffer.from('behind a password');
  const right = open(t, { registry: server.host, credentials: user('tester', 'pass word: ünï') });
  await right.ping();
  const descriptor = await put(right.repository('app').content, content, { mediaType });
  assert.ok((await get(right.repository('app').content, descriptor, { maxBytes: 100 })).equals(content));

  const wrong = open(t, { registry: server.host, credentials: user('tester', 'wrong') });
  await assert.rejects(wrong.ping(), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_UNAUTHORIZED'));
    assert.match(error.hint ?? '', new RegExp(`refused.*lading login ${server.host}`));
    return true;
  });
  await assert.rejects(open(t, { registry: server.host, credentials: anonymous }).ping(), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_UNAUTHORIZED'));
    assert.match(error.hint ?? '', /no credentials.*lading login/);
    return true;
  });
});

test('a registry with a token server: one token per set of rights, shared by all who ask at once', async (t) => {
  const tokens = await startTokenServer(t, { users: { tester: 'secret' }, refreshTokens: { renew: 'tester' } });
  if (tokens === undefined) return;
  const server = await startDockerRegistry(t, { auth: { token: tokens } });
  if (server === undefined) return;
  const content = Buffer.from('behind a token');
  const digest = digestOf(content);

  const pusher = open(t, { registry: server.host, credentials: user('tester', 'secret') });
  await Promise.all(
    ['a', 'b', 'c', 'd'].map((text) => put(pusher.repository('app').content, Buffer.from(text), { mediaType })),
  );
  await put(pusher.repository('app').content, content, { mediaType });
  assert.deepEqual(tokens.seen, [{ method: 'GET', user: 'tester', scopes: ['repository:app:pull,push'] }]);
  assert.equal((await pusher.repository('app').content.stat(digest))?.size, content.length);
  assert.equal(tokens.seen.length, 1, 'a token to push serves to pull');

  assert.equal(
    await pusher.repository('copy').content.mount?.({ mediaType, digest, size: content.length }, 'app'),
    true,
  );
  assert.deepEqual(tokens.seen.at(-1)?.scopes, ['repository:app:pull', 'repository:copy:pull,push']);

  const nobody = open(t, { registry: server.host, credentials: anonymous });
  assert.ok((await get(nobody.repository('app').content, digest, { maxBytes: 100 })).equals(content));
  await assert.rejects(
    put(nobody.repository('app').content, Buffer.from('x'), { mediaType }),
    code('REGISTRY_UNAUTHORIZED'),
  );

  const renewing = open(t, { registry: server.host, credentials: { identityToken: new Secret('renew') } });
  await put(renewing.repository('app').content, Buffer.from('renewed'), { mediaType });
  assert.deepEqual(tokens.seen.at(-1), { method: 'POST', user: 'tester', scopes: ['repository:app:pull,push'] });

  await assert.rejects(open(t, { registry: server.host, credentials: user('tester', 'wrong') }).ping(), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_UNAUTHORIZED'));
    assert.match(error.message, /token server 127\.0\.0\.1:\d+ answered HTTP 401, UNAUTHORIZED: wrong user name/);
    return true;
  });
});

test('a token that is refused before its time is fetched again once, by one of many', async (t) => {
  let issued = 0;
  let valid: string | undefined = 'Bearer token-1';
  const server = await startHttpServer(t, (request, response) => {
    if (request.url?.startsWith('/token')) {
      return answerJson(response, 200, { token: `token-${++issued}`, expires_in: 3600 });
    }
    if (request.headers.authorization !== valid) {
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="s",scope="repository:app:pull"`;
      return answerJson(response, 401, {}, { 'www-authenticate': challenge });
    }
    response.writeHead(200, { 'content-length': '3' }).end('abc');
  });
  const { content } = open(t, { registry: server.host, credentials: anonymous }).repository('app');
  await content.stat(digestOf('abc'));
  valid = 'Bearer token-2';
  const found = await Promise.all([1, 2, 3, 4].map(() => content.stat(digestOf('abc'))));
  assert.deepEqual(
    found.map((each) => each?.size),
    [3, 3, 3, 3],
  );
  assert.equal(issued, 2);
  valid = undefined;
  const before = server.seen.length;
  await assert.rejects(content.stat(digestOf('abc')), code('REGISTRY_UNAUTHORIZED'));
  assert.equal(server.seen.length - before, 3, 'once with the old token, one fetch, once with the new');
});

test('a token is renewed before it expires', async (t) => {
  let issued = 0;
  const server = await startHttpServer(t, (request, response) => {
    if (request.url?.startsWith('/token'))
      return answerJson(response, 200, { access_token: `t${++issued}`, expires_in: 10 });
    if (request.headers.authorization === undefined) {
      return answerJson(response, 401, {}, { 'www-authenticate': 'Bearer realm="/token",service="s"' });
    }
    response.writeHead(200, { 'content-length': '3' }).end('abc');
  });
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { content } = open(t, { registry: server.host, credentials: anonymous }).repository('app');
  await content.stat(digestOf('abc'));
  t.mock.timers.tick(7_000);
  await content.stat(digestOf('abc'));
  assert.equal(issued, 1);
  t.mock.timers.tick(2_000);
  await content.stat(digestOf('abc'));
  assert.equal(issued, 2);
  assert.equal(
    server.seen.filter(({ headers }) => headers.authorization === undefined && headers.host === '').length,
    0,
  );
});

test('a token server that knows only the form gets the form', async (t) => {
  const server = await startHttpServer(t, async (request, response): Promise<unknown> => {
    if (request.url?.startsWith('/token')) {
      if (request.method === 'GET') return answerJson(response, 405, {});
      let form = '';
      for await (const chunk of request) form += chunk;
      const { grant_type, username, password, service, scope } = Object.fromEntries(new URLSearchParams(form));
      assert.deepEqual(
        { grant_type, username, password, service, scope },
        { grant_type: 'password', username: 'me', password: 'p&w', service: 's', scope: 'repository:app:pull' },
      );
      return answerJson(response, 200, { access_token: 'good' });
    }
    if (request.headers.authorization === 'Bearer good')
      return response.writeHead(200, { 'content-length': '3' }).end('abc');
    return answerJson(response, 401, {}, { 'www-authenticate': 'Basic realm="x", Bearer realm="/token",service="s"' });
  });
  const { content } = open(t, { registry: server.host, credentials: user('me', 'p&w') }).repository('app');
  assert.equal((await content.stat(digestOf('abc')))?.size, 3);
});

test('credentials do not follow a redirect or an upload location to another host', async (t) => {
  const storage = await startHttpServer(t, async (request, response): Promise<unknown> => {
    for await (const _ of request);
    if (request.method === 'PUT') return response.writeHead(201).end();
    return response.end('abc');
  });
  const server = await startHttpServer(t, (request, response) => {
    if (request.headers.authorization === undefined)
      return answerJson(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' });
    if (request.method === 'POST')
      return response.writeHead(202, { location: `http://${storage.host}/upload?sig=a%2Bb` }).end();
    response.writeHead(307, { location: `http://${storage.host}/signed?x=1` }).end();
  });
  const { content } = open(t, { registry: server.host, credentials: user('me', 'secret') }).repository('app');
  const data = await get(content, { mediaType, digest: digestOf('abc'), size: 3 }, { maxBytes: 10 });
  assert.equal(data.toString(), 'abc');
  await put(content, Buffer.from('abc'), { mediaType });
  assert.deepEqual(
    storage.seen.map(({ method, path, headers }) => [method, path, headers.authorization]),
    [
      ['GET', '/signed?x=1', undefined],
      ['PUT', `/upload?sig=a%2Bb&digest=${encodeURIComponent(digestOf('abc'))}`, undefined],
    ],
  );
});

test('credentials stay with the registry when a redirect leads to another place on it', async (t) => {
  const server = await startHttpServer(t, (request, response) => {
    if (request.headers.authorization === undefined)
      return answerJson(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' });
    if (request.url === '/elsewhere') return response.end('abc');
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  const { content } = open(t, { registry: server.host, credentials: user('me', 'secret') }).repository('app');
  assert.equal(
    (await get(content, { mediaType, digest: digestOf('abc'), size: 3 }, { maxBytes: 10 })).toString(),
    'abc',
  );
});

test('credentials are looked up only when a registry asks, and a broken source harms no open registry', async (t) => {
  const server = await startHttpServer(t, (_, response) =>
    response.writeHead(200, { 'content-length': '3' }).end('abc'),
  );
  const broken = () => {
    throw new Error('no helper');
  };
  const { content } = open(t, { registry: server.host, credentials: broken }).repository('app');
  assert.equal((await content.stat(digestOf('abc')))?.size, 3);
});

test('a registry on HTTPS: its authority is trusted when told; a token server on plain HTTP gets nothing', async (t) => {
  const openssl = findProgram('openssl');
  if (!skipUnless(t, openssl !== undefined, 'the program openssl')) return;
  const folder = await temporaryFolder(t);
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await runProgram(openssl ?? '', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=tests'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ]);
  const tokens = await startHttpServer(t, (_, response) => answerJson(response, 200, { token: 'x' }));
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (request, response) => {
    const challenge = `Bearer realm="http://${tokens.host}/token",service="s"`;
    if (request.url?.startsWith('/v2/closed/')) return answerJson(response, 401, {}, { 'www-authenticate': challenge });
    if (request.url?.includes('/blobs/'))
      return response.writeHead(307, { location: `http://${tokens.host}/blob` }).end();
    response.writeHead(200, { 'content-length': '3' }).end('abc');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ca = await readFile(cert, 'utf8');

  await open(t, { registry: host, tls: { ca }, credentials: anonymous }).ping();
  await open(t, { registry: host, tls: { verify: false }, credentials: anonymous }).ping();
  await assert.rejects(open(t, { registry: host, credentials: anonymous }).ping(), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_UNREACHABLE'));
    assert.match(error.hint ?? '', /certificate is not trusted/);
    return true;
  });
  const trusted = open(t, { registry: host, tls: { ca }, credentials: user('me', 'secret') });
  await assert.rejects(trusted.repository('closed').references.resolve('latest'), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_UNAUTHORIZED'));
    assert.match(error.message, /plain http/);
    return true;
  });
  await assert.rejects(trusted.repository('open').content.open(digestOf('abc')), /from https to plain http/);
  assert.equal(tokens.seen.length, 0);
});
