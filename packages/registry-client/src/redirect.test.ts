import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError, Secret } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { get, put } from '@lading/store';
import { startHttpServer } from '@lading/testkit';
import { afterRedirect } from './redirect.ts';
import { openRegistry } from './registry.ts';
import { Transport } from './transport.ts';

const secret = { authorization: 'Basic c2VjcmV0', 'x-own': '1', cookie: 'session' };

test('redirects: across 301, 302, 303, 307 and 308, another origin sees no credentials and no header of ours', async (t) => {
  const other = await startHttpServer(t, (_, response) => response.end('content'));
  const first = await startHttpServer(t, (request, response) => {
    const status = Number(request.url?.slice(1, 4));
    const back = request.url?.endsWith('/same');
    response.writeHead(status || 200, { location: back ? '/end' : `http://${other.host}/taken` }).end();
  });
  const transport = new Transport({ host: first.host, userAgent: 'tests' });
  t.after(() => transport.close());
  const send = async (path: string, method: 'GET' | 'HEAD' | 'PUT' = 'GET'): Promise<number> => {
    const { authorization, ...headers } = { ...secret, range: 'bytes=0-', accept: 'a/b' };
    const body = method === 'PUT' ? Buffer.from('x') : undefined;
    const url = new URL(`http://${first.host}${path}`);
    const response = await transport.send({ method, url, authorization, headers, body });
    await response.discard();
    return response.status;
  };
  for (const status of [301, 302, 303, 307, 308]) {
    for (const method of ['GET', 'HEAD'] as const) assert.equal(await send(`/${status}`, method), 200);
  }
  assert.equal(other.seen.length, 10);
  for (const { headers } of other.seen) {
    assert.deepEqual([headers.authorization, headers['x-own'], headers.cookie], [undefined, undefined, undefined]);
    assert.deepEqual([headers.range, headers.accept], ['bytes=0-', 'a/b']);
  }
  assert.equal(await send('/307/same'), 200);
  assert.equal(first.seen.at(-1)?.headers['x-own'], '1', 'the same origin is the same');
  assert.equal(first.seen.at(-1)?.headers.authorization, secret.authorization);
  assert.equal(await send('/307', 'PUT'), 200);
  assert.equal(await send('/302', 'PUT'), 302, 'it would be no write any more');
});

test('redirects: scheme, host and port make an origin; nothing leads from https to http', () => {
  const request = { method: 'GET', url: new URL('https://r.example.org/a'), authorization: 'x', replayable: true };
  const next = (location: string) => afterRedirect(request, { status: 302, location, redirects: 0 });
  for (const same of ['/b', 'https://r.example.org:443/b', 'https://R.example.org/b']) {
    assert.equal(next(same)?.authorization, 'x', same);
  }
  for (const other of [
    'https://r.example.org:444/b',
    'https://example.org/b',
    'https://r.example.org.evil.test/',
    '//x.test/',
  ]) {
    assert.equal(next(other)?.authorization, undefined, other);
  }
  for (const bad of ['http://r.example.org/b', 'file:///etc/passwd', 'https://']) {
    assert.throws(
      () => next(bad),
      (error) => isLadingError(error, 'REGISTRY_RESPONSE'),
      bad,
    );
  }
});

test('redirects: what a token server is asked with stays with it', async (t) => {
  const thief = await startHttpServer(t, (_, response) => response.end('{"token":"theirs"}'));
  const registry = await startHttpServer(t, (request, response): unknown => {
    if (request.url?.startsWith('/token')) {
      return response.writeHead(308, { location: `http://${thief.host}/token` }).end();
    }
    const challenge = 'Bearer realm="/token",service="tests"';
    return response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  const ping = (credentials: object): Promise<void> => {
    const opened = openRegistry({ registry: registry.host, credentials, retries: { attempts: 1 } });
    t.after(() => opened.close());
    return opened.ping();
  };
  await assert.rejects(ping({ identityToken: new Secret('refresh') }), /must not see what is sent/);
  assert.equal(thief.seen.length, 0, 'the form with the refresh token was not sent');
  await assert.rejects(ping({ username: 'me', password: new Secret('secret') }));
  assert.ok(thief.seen.every(({ headers }) => headers.authorization === undefined));
});

test('redirects: an upload that goes on elsewhere takes no credentials with it, however it gets there', async (t) => {
  const storage = await startHttpServer(t, async (request, response) => {
    for await (const _ of request);
    response.writeHead(request.method === 'GET' ? 200 : 201).end('abc');
  });
  for (const elsewhere of ['location', 'redirect'] as const) {
    const registry = await startHttpServer(t, async (request, response): Promise<unknown> => {
      for await (const _ of request);
      if (request.headers.authorization === undefined) {
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="tests"' }).end();
      }
      const there = `http://${storage.host}/upload`;
      if (request.method === 'POST') {
        return response
          .writeHead(202, { location: elsewhere === 'location' ? there : '/v2/app/blobs/uploads/1' })
          .end();
      }
      return response.writeHead(307, { location: there }).end();
    });
    const credentials = { username: 'me', password: new Secret('secret') };
    const opened = openRegistry({ registry: registry.host, credentials });
    t.after(() => opened.close());
    const { content } = opened.repository('app');
    await put(content, Buffer.from('abc'), { mediaType: 'application/octet-stream' });
    await get(content, { mediaType: 'application/octet-stream', digest: digestOf('abc'), size: 3 }, { maxBytes: 3 });
  }
  assert.ok(storage.seen.length >= 4);
  assert.ok(storage.seen.every(({ headers }) => headers.authorization === undefined));
});
