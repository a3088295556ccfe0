import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { collect } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { findProgram, mixedBytes, runProgram, skipUnless, temporaryFolder, watchedBytes } from '@lading/testkit';
import fc from 'fast-check';
import { ConnectionPool, type ConnectionPoolOptions } from './connection-pool.ts';
import { HttpFailure } from './http-failure.ts';
import type { HttpRequest } from './http-request.ts';

const limits = { answerMs: 2000, idleMs: 1000, bytesPerSecond: 1 };
const maxBytes = 32 << 20;

function pool(t: TestContext, options: Partial<ConnectionPoolOptions> = {}): ConnectionPool {
  const made = new ConnectionPool({ timeoutMs: 2000, tlsFor: () => ({}), proxyFor: () => undefined, ...options });
  t.after(() => made.close());
  return made;
}

async function listen(t: TestContext, server: Server): Promise<URL> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

/** A server that answers each request head with these bytes, in pieces, and then closes if told so. */
function saying(t: TestContext, pieces: readonly (string | Buffer)[], close = false): Promise<URL> {
  return listen(
    t,
    createServer((socket) => {
      socket.on('data', async () => {
        for (const piece of pieces) {
          socket.write(piece);
          if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
        }
        if (close) socket.end();
      });
    }),
  );
}

const get: HttpRequest = { method: 'GET', path: '/', headers: { host: 'x' } };
const failure =
  (code: HttpFailure['code']) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof HttpFailure, String(error));
    assert.equal(error.code, code);
    return true;
  };

async function bodyOf(t: TestContext, url: URL, request: Partial<HttpRequest> = {}): Promise<Buffer> {
  const response = await pool(t).exchange(url, { ...get, ...request }, limits, undefined);
  return collect(response.body, { maxBytes, what: 'body' });
}

test('a body is whole however its message is cut into packets, by length, in chunks and up to the close', async (t) => {
  const data = mixedBytes(3000);
  const framed = {
    length: [Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${data.length}\r\n\r\n`), data],
    chunked: [
      Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8;x=y\r\n'),
      data.subarray(0, 1000),
      Buffer.from('\r\n7D0\r\n'),
      data.subarray(1000),
      Buffer.from('\r\n0\r\nTrailer: x\r\n\r\n'),
    ],
    close: [Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 \r\n\r\n'), data],
  };
  const cuts = fc.array(fc.integer({ min: 1, max: 3200 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('length', 'chunked', 'close'), cuts, async (kind, at) => {
      const message = Buffer.concat(framed[kind as keyof typeof framed]);
      const edges = [0, ...at.filter((each) => each < message.length).sort((a, b) => a - b), message.length];
      const pieces = edges.slice(1).map((edge, index) => message.subarray(edges[index], edge));
      const url = await saying(t, pieces, kind === 'close');
      assert.ok((await bodyOf(t, url)).equals(data));
    }),
    { numRuns: 40 },
  );
});

test('large bodies come in large chunks and memory is used again', async (t) => {
  const data = mixedBytes(5_000_001);
  const url = await listen(t, createHttpServer((_, response) => response.end(data)) as unknown as Server);
  const connections = pool(t);
  for (let turn = 0; turn < 2; turn++) {
    const { body } = await connections.exchange(url, get, limits, undefined);
    let at = 0;
    let chunks = 0;
    let memory: ArrayBufferLike | undefined;
    for await (const chunk of body) {
      assert.ok(data.subarray(at, at + chunk.byteLength).equals(chunk));
      at += chunk.byteLength;
      chunks++;
      memory ??= chunk.buffer;
      assert.equal(chunk.buffer, memory);
    }
    assert.equal(at, data.length);
    assert.ok(chunks <= 12, `${chunks} chunks`);
  }
});

test('what is no HTTP, too long, ambiguous or cut off is told apart', async (t) => {
  const cases: [HttpFailure['code'], string][] = [
    ['HTTP_INVALID', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['HTTP_INVALID', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['HTTP_INVALID', 'HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n'],
    ['HTTP_INVALID', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['HTTP_INVALID', 'HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n'],
    ['HTTP_INVALID', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n'],
    ['HTTP_INVALID', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(70_000)}\r\n\r\n`],
    ['HTTP_INVALID', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
    ['HTTP_INVALID', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n'],
    ['HTTP_TRUNCATED', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'],
    ['HTTP_TRUNCATED', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab'],
    ['HTTP_CLOSED', ''],
  ];
  for (const [code, text] of cases) {
    const url = await saying(t, [text], true);
    await assert.rejects(bodyOf(t, url), failure(code), JSON.stringify(text.slice(0, 90)));
  }
});

test('no wait is without end: for a connection, an answer, its body, and for a peer that does not read', async (t) => {
  const short = { answerMs: 100, idleMs: 100, bytesPerSecond: 1000 };
  const silent = await saying(t, []);
  await assert.rejects(pool(t).exchange(silent, get, short, undefined), failure('HTTP_ANSWER_TIMEOUT'));
  const drip = await listen(
    t,
    createServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    }),
  );
  const { body } = await pool(t).exchange(drip, get, short, undefined);
  await assert.rejects(collect(body, { maxBytes, what: 'body' }), failure('HTTP_STALLED'));
  const deaf = await listen(
    t,
    createServer((socket) => socket.pause()),
  );
  const endless = watchedBytes(Array.from({ length: 100 }, () => Buffer.alloc(1 << 20)));
  const put: HttpRequest = { ...get, method: 'PUT', body: endless.bytes };
  await assert.rejects(pool(t).exchange(deaf, put, short, undefined), failure('HTTP_STALLED'));
  assert.equal(endless.released, true);
  // A port that takes connections and never says a word of TLS.
  const secure = new URL(silent.href.replace('http:', 'https:'));
  await assert.rejects(
    pool(t, { timeoutMs: 100 }).exchange(secure, get, short, undefined),
    failure('HTTP_CONNECT_TIMEOUT'),
  );
});

test('a signal ends a wait for the connection, the answer and the body', async (t) => {
  const interrupted = (error: unknown): boolean => isLadingError(error, 'INTERRUPTED');
  const silent = await saying(t, []);
  await assert.rejects(pool(t).exchange(silent, get, limits, AbortSignal.timeout(20)), interrupted);
  const begun = await saying(t, ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab']);
  const { body } = await pool(t).exchange(begun, get, limits, AbortSignal.timeout(50));
  await assert.rejects(collect(body, { maxBytes, what: 'body' }), interrupted);
});

test('what was streamed up arrives whole, and its source may use its buffer again', async (t) => {
  const data = mixedBytes(2_000_000);
  const url = await listen(
    t,
    createHttpServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      response.end(String(Buffer.concat(parts).equals(data)));
    }) as unknown as Server,
  );
  const source = () =>
    watchedBytes([data.subarray(0, 10), data.subarray(10, 1_500_000), data.subarray(1_500_000)]).bytes;
  for (const bodyBytes of [undefined, data.length]) {
    const answer = await bodyOf(t, url, { method: 'PUT', body: source(), bodyBytes });
    assert.equal(answer.toString(), 'true');
  }
  await assert.rejects(bodyOf(t, url, { method: 'PUT', body: source(), bodyBytes: 5 }), /longer than its 5 bytes/);
});

test('a refusal that comes before everything was sent is seen, and the rest is not sent', async (t) => {
  const url = await listen(
    t,
    createServer((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno'));
    }),
  );
  const endless = watchedBytes(Array.from({ length: 1000 }, () => Buffer.alloc(1 << 20)));
  const response = await pool(t).exchange(url, { ...get, method: 'PATCH', body: endless.bytes }, limits, undefined);
  assert.equal(response.status, 413);
  assert.equal((await collect(response.body, { maxBytes, what: 'body' })).toString(), 'no');
  assert.ok(endless.pulled < 100);
});

test('connections are used again, but not one that its peer has closed', async (t) => {
  let connections = 0;
  const server = createHttpServer((_, response) => response.end('ok'));
  server.on('connection', () => connections++);
  const url = await listen(t, server as unknown as Server);
  const made = pool(t);
  const once = async (): Promise<void> => {
    const { body } = await made.exchange(url, get, limits, undefined);
    assert.equal((await collect(body, { maxBytes, what: 'body' })).toString(), 'ok');
  };
  for (let turn = 0; turn < 5; turn++) await once();
  assert.equal(connections, 1);
  server.closeIdleConnections();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await once();
  assert.equal(connections, 2);
});

test('a header cannot be broken out of', async (t) => {
  const url = await saying(t, []);
  const evil = { ...get, headers: { ...get.headers, authorization: 'Bearer x\r\nHost: evil' } };
  await assert.rejects(pool(t).exchange(url, evil, limits, undefined), /cannot be sent/);
});

test('TLS directly, through a proxy, and plain HTTP through a proxy with a password', async (t) => {
  const openssl = findProgram('openssl');
  if (!skipUnless(t, openssl !== undefined, 'the program openssl')) return;
  const folder = await temporaryFolder(t);
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = await runProgram(openssl ?? '', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', key, '-out', cert],
  ]);
  assert.equal(made.code, 0, made.stderr);
  const ca = await readFile(cert, 'utf8');
  const trusting = { secureContext: createSecureContext({ ca }) };
  const data = mixedBytes(3_000_000);
  const secure = createHttpsServer({ key: await readFile(key), cert: ca }, (_, response) => response.end(data));
  const plain = createHttpServer((_, response) => response.end(data));
  const [secureUrl, plainUrl] = [
    await listen(t, secure as unknown as Server),
    await listen(t, plain as unknown as Server),
  ];
  secureUrl.protocol = 'https:';
  const asked: unknown[] = [];
  const proxy = createServer((socket) => {
    socket.once('data', (head) => {
      const [, method = '', host = '', port = ''] = /^(\S+) (?:http:\/\/)?([^\s:/]+):(\d+)/.exec(head.toString()) ?? [];
      asked.push([method, /proxy-authorization: Basic (\S+)/i.exec(head.toString())?.[1]]);
      const onward = connect(Number(port), host, () => {
        if (method === 'CONNECT') socket.write('HTTP/1.1 200 Connected\r\n\r\n');
        else onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
    });
  });
  const proxyUrl = await listen(t, proxy);
  proxyUrl.username = 'user';
  proxyUrl.password = 'p%40ss';
  const named = new URL(secureUrl);
  named.hostname = 'localhost';
  for (const [url, proxied] of [
    [secureUrl, false],
    [named, false],
    [secureUrl, true],
    [plainUrl, true],
  ] as const) {
    const connections = pool(t, { tlsFor: () => trusting, proxyFor: () => (proxied ? proxyUrl : undefined) });
    for (let turn = 0; turn < 2; turn++) {
      const { body } = await connections.exchange(url, get, limits, undefined);
      assert.ok((await collect(body, { maxBytes, what: 'body' })).equals(data), `${url} ${proxied}`);
    }
  }
  const password = Buffer.from('user:p@ss').toString('base64');
  assert.deepEqual(asked, [
    ['CONNECT', password],
    ['GET', password],
  ]);
  await assert.rejects(pool(t).exchange(secureUrl, get, limits, undefined), /self-signed|certificate/);
});
