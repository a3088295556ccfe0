import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { drain } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { mediaTypes } from '@lading/oci';
import { get } from '@lading/store';
import { anonymous, openRegistry } from './index.ts';
import { blob, code, cut, faulty, ok, status } from './testing/faulty-registry.ts';

test('a read is repeated after 500, 502, 503, 504 and a cut connection', async (t) => {
  for (const fault of [status(500), status(502), status(503), status(504), cut]) {
    const { repository, asked } = await faulty(t, [fault, ok]);
    assert.equal((await get(repository.content, blob, { maxBytes: 10 })).toString(), 'abc');
    assert.equal(asked().length, 2);
  }
});

test('a read that keeps failing ends with what the registry said', async (t) => {
  const { repository, asked } = await faulty(t, [status(503)], { retries: { attempts: 3, pauseMs: 1 } });
  await assert.rejects(repository.content.open(blob), code('REGISTRY_RESPONSE'));
  assert.equal(asked().length, 3);
  const broken = await faulty(t, [cut], { retries: { attempts: 2, pauseMs: 1 } });
  await assert.rejects(broken.repository.content.open(blob), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_UNREACHABLE'));
    assert.match(error.message, /^Cannot pull blob sha256:\w+ at 127\.0\.0\.1:\d+\/app: it closed the connection$/);
    return true;
  });
});

test('429 is obeyed when it asks for a short wait, and thrown when for a long one', async (t) => {
  const short = await faulty(t, [status(429, { 'retry-after': '1' }), ok]);
  const before = performance.now();
  assert.equal((await get(short.repository.content, blob, { maxBytes: 10 })).toString(), 'abc');
  assert.ok(performance.now() - before >= 990);
  const long = await faulty(t, [status(429, { 'retry-after': '3600' })]);
  await assert.rejects(long.repository.content.open(blob), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_RATE_LIMITED'));
    assert.equal(error.details.retryAfterMs, 3_600_000);
    assert.match(error.hint ?? '', /Wait 3600 s/);
    return true;
  });
  assert.equal(long.asked().length, 1);
});

test('other refusals are not repeated and carry code, message, registry, repository and action', async (t) => {
  const { repository, asked } = await faulty(t, [
    (_, response) =>
      response
        .writeHead(403)
        .end('{"errors":[{"code":"DENIED","message":"access\\n\\u001b[31mdenied","detail":{"x":1}}]}'),
  ]);
  await assert.rejects(repository.references.resolve('latest'), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_DENIED'));
    // A HEAD has no body to tell more.
    assert.match(
      error.message,
      /^Cannot look up manifest latest at 127\.0\.0\.1:\d+\/app: the registry answered HTTP 403/,
    );
    return true;
  });
  await assert.rejects(repository.content.open(blob), (error) => {
    assert.ok(isLadingError(error, 'REGISTRY_DENIED'));
    assert.match(error.message, /HTTP 403, DENIED: access \[31mdenied$/);
    return true;
  });
  assert.equal(asked().length, 2);
});

test('content with a wrong digest or length is not accepted', async (t) => {
  const wrong = await faulty(t, [(_, response) => response.end('abd')]);
  await assert.rejects(get(wrong.repository.content, blob, { maxBytes: 10 }), code('DIGEST_MISMATCH'));
  const long = await faulty(t, [(_, response) => response.end('abcd')]);
  await assert.rejects(get(long.repository.content, blob, { maxBytes: 10 }), code('SIZE_MISMATCH'));
  const short = await faulty(t, [(_, response) => response.end('ab')]);
  await assert.rejects(get(short.repository.content, blob, { maxBytes: 10 }), code('SIZE_MISMATCH'));
  const manifest = { ...blob, mediaType: mediaTypes.ociManifest };
  await assert.rejects(get(wrong.repository.content, manifest, { maxBytes: 10 }), code('DIGEST_MISMATCH'));
});

test('content that breaks off half-way is an error, never a shorter content', async (t) => {
  const { repository } = await faulty(t, [
    (_, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write(Buffer.alloc(100_000), () => response.destroy());
    },
  ]);
  const bytes = await repository.content.open({ ...blob, size: 1_000_000 });
  await assert.rejects(drain(bytes), code('REGISTRY_UNREACHABLE'));
});

test('a manifest whose answer breaks off is asked for again', async (t) => {
  const { repository } = await faulty(t, [
    (_, response) => {
      response.writeHead(200, { 'content-length': '3', 'content-type': mediaTypes.ociManifest });
      response.write('a', () => response.destroy());
    },
    (_, response) => response.writeHead(200, { 'content-type': mediaTypes.ociManifest }).end('abc'),
  ]);
  const manifest = { ...blob, mediaType: mediaTypes.ociManifest };
  assert.equal((await get(repository.content, manifest, { maxBytes: 10 })).toString(), 'abc');
});

test('a registry that is silent is given up after the time allowed', async (t) => {
  const { repository } = await faulty(t, [() => {}], { timeouts: { answerMs: 300 }, retries: { attempts: 1 } });
  await assert.rejects(repository.content.open(blob), /did not answer in time/);
  const stalls = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': '3' });
    response.write('a');
  };
  const stalled = await faulty(t, [stalls], { timeouts: { idleMs: 300 } });
  await assert.rejects(get(stalled.repository.content, blob, { maxBytes: 10 }), /stopped half-way/);
});

test('a signal ends a call that waits for its answer', async (t) => {
  const { repository } = await faulty(t, [() => {}]);
  const signal = AbortSignal.timeout(50);
  await assert.rejects(repository.content.open(blob, { signal }), code('INTERRUPTED'));
  await assert.rejects(
    repository.references.resolve('latest', { signal: AbortSignal.timeout(50) }),
    code('INTERRUPTED'),
  );
});

test('redirects in a circle and to other schemes are refused', async (t) => {
  const circle = await faulty(t, [status(302, { location: '/again' })]);
  await assert.rejects(circle.repository.content.open(blob), /more than 8 in a row/);
  const file = await faulty(t, [status(302, { location: 'file:///etc/passwd' })]);
  await assert.rejects(file.repository.content.open(blob), /its target is file:/);
});

test('nothing listens, an unknown name, and something that speaks no HTTP are told apart', async (t) => {
  const free = createTcpServer((socket) => socket.end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1');
  t.after(() => free.close());
  await new Promise((resolve) => free.once('listening', resolve));
  const other = openRegistry({ registry: `127.0.0.1:${(free.address() as AddressInfo).port}`, credentials: anonymous });
  t.after(() => other.close());
  await assert.rejects(other.ping(), code('REGISTRY_UNREACHABLE'));
  const closed = openRegistry({ registry: '127.0.0.1:1', credentials: anonymous });
  t.after(() => closed.close());
  await assert.rejects(closed.ping(), /nothing listens there/);
});

test('a proxy named in the environment is used for hosts elsewhere', async (t) => {
  const before = { ...process.env };
  t.after(() => {
    for (const name of ['http_proxy', 'no_proxy']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  process.env.no_proxy = '';
  const seen: string[] = [];
  const tunnel = createTcpServer((socket) => {
    socket.once('data', (data) => {
      seen.push(data.toString().split('\r\n', 1)[0] ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  t.after(() => tunnel.close());
  await new Promise((resolve) => tunnel.once('listening', resolve));
  process.env.http_proxy = `http://127.0.0.1:${(tunnel.address() as AddressInfo).port}`;
  const registry = openRegistry({
    registry: 'registry.example.org',
    credentials: anonymous,
    plainHttp: true,
    retries: { attempts: 1 },
  });
  t.after(() => registry.close());
  await assert.rejects(registry.ping());
  assert.match(
    seen[0] ?? '',
    /^(CONNECT registry\.example\.org:80|GET http:\/\/registry\.example\.org\/v2\/) HTTP\/1\.1$/,
  );
});
