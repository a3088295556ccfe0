import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { drain, fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Descriptor, digestOf, mediaTypes } from '@lading/oci';
import { get, put, type Repository } from '@lading/store';
import { startHttpServer, type TestServer } from '@lading/testkit';
import { anonymous, openRegistry, type RegistryOptions } from './index.ts';

const mediaType = 'application/octet-stream';
const blob: Descriptor = { mediaType, digest: digestOf('abc'), size: 3 };

const code =
  (...wanted: Parameters<typeof isLadingError>[1][]) =>
  (error: unknown): boolean => {
    assert.ok(isLadingError(error, ...wanted), String(error));
    return true;
  };

/** A registry that answers the nth request (not counting the first look at `/v2/`) with the nth of `answers`, and then with the last. */
async function faulty(
  t: TestContext,
  answers: readonly ((request: IncomingMessage, response: ServerResponse) => unknown)[],
  options: Partial<RegistryOptions> = {},
): Promise<{ server: TestServer; repository: Repository; asked(): string[] }> {
  let next = 0;
  const server = await startHttpServer(t, (request, response) => {
    if (request.url === '/v2/') return response.end('{}');
    const answer = answers[Math.min(next++, answers.length - 1)];
    return answer?.(request, response);
  });
  const registry = openRegistry({ registry: server.host, credentials: anonymous, retries: { pauseMs: 1 }, ...options });
  t.after(() => registry.close());
  const asked = () => server.seen.slice(1).map(({ method, path }) => `${method} ${path}`);
  return { server, repository: registry.repository('app'), asked };
}

const ok = (_: IncomingMessage, response: ServerResponse) => response.end('abc');
const status =
  (value: number, headers = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(value, headers).end('{}');
const cut = (request: IncomingMessage) => request.socket.destroy();

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

test('a small blob is pushed again from its start when the connection breaks', async (t) => {
  const received: string[] = [];
  const start = (_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(202, { location: `/upload/${received.length}` }).end();
  const finish = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push(text);
    if (received.length === 1) return request.socket.destroy();
    return response.writeHead(201).end();
  };
  const { repository, asked } = await faulty(t, [start, finish, start, finish]);
  await put(repository.content, Buffer.from('abc'), { mediaType });
  assert.deepEqual(received, ['abc', 'abc']);
  const query = `digest=${encodeURIComponent(blob.digest)}`;
  assert.deepEqual(asked(), [
    // Asked once whether a POST with content is enough: this registry opens a session instead.
    `POST /v2/app/blobs/uploads/?${query}`,
    `PUT /upload/0?${query}`,
    'POST /v2/app/blobs/uploads/',
    `PUT /upload/1?${query}`,
  ]);
});

test('a broken streamed push goes on from what the registry says it kept', async (t) => {
  const data = Buffer.alloc(3_000_000, 'x');
  const kept: Buffer[] = [];
  let patches = 0;
  const server = await startHttpServer(t, async (request, response): Promise<unknown> => {
    const size = kept.reduce((sum, part) => sum + part.length, 0);
    if (request.method === 'POST') return response.writeHead(202, { location: '/upload?state=0' }).end();
    if (request.method === 'GET' && request.url?.startsWith('/upload')) {
      return response.writeHead(204, { range: `0-${size - 1}`, location: '/upload?state=1' }).end();
    }
    if (request.method === 'PATCH') {
      patches++;
      for await (const chunk of request) {
        kept.push(chunk as Buffer);
        if (patches === 1 && kept.reduce((sum, part) => sum + part.length, 0) > 1_000_000)
          return request.socket.destroy();
      }
      return response.writeHead(202, { location: '/upload?state=2' }).end();
    }
    if (request.method === 'PUT') return response.writeHead(201).end();
    return response.end('{}');
  });
  const registry = openRegistry({ registry: server.host, credentials: anonymous, retries: { pauseMs: 1 } });
  t.after(() => registry.close());
  const ingest = await registry
    .repository('app')
    .content.begin({ expected: { digest: digestOf(data), size: data.length } });
  await assert.rejects(ingest.append(fromBuffer(data)), code('REGISTRY_UNREACHABLE'));
  assert.ok(ingest.offset > 1_000_000 && ingest.offset < data.length);
  await ingest.append(fromBuffer(data.subarray(ingest.offset)));
  await ingest.commit();
  assert.ok(Buffer.concat(kept).equals(data));
  assert.match(server.seen.at(-1)?.path ?? '', /^\/upload\?state=2&digest=/);
});

test('a refused streamed push says why, also when the registry answers before it has read everything', async (t) => {
  const { repository } = await faulty(t, [
    status(202, { location: '/upload' }),
    (_, response) => response.writeHead(413).end('{"errors":[{"code":"SIZE_INVALID","message":"too large"}]}'),
    status(404),
  ]);
  async function* endless() {
    for (let turn = 0; turn < 2_000; turn++) yield Buffer.alloc(1 << 20);
  }
  const ingest = await repository.content.begin();
  await assert.rejects(ingest.append(endless()), (error) => {
    assert.ok(isLadingError(error));
    assert.match(error.message, /HTTP 413, SIZE_INVALID: too large|closed the connection/);
    return true;
  });
  await ingest.abort();
});

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
